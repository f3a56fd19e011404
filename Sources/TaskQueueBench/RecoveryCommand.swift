import ArgumentParser
import Glibc
import Redis
import TaskQueue

/// Times how long tasks wait after their worker was killed until another runs them.
struct RecoveryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recovery", abstract: "Kills a worker that holds tasks and times their next start.")

    @OptionGroup var bench: BenchOptions
    @Option(help: "How many times.") var runs = 10
    @Option(help: "How many tasks the worker holds when it is killed.") var tasks = 10
    @Flag(help: "The settings for the fastest recovery.") var fast = false

    func run() async throws {
        let redis = try bench.client()
        var delays: [Int64] = []
        for _ in 0..<runs { delays += try await recover(redis) }
        await redis.close()
        var report = Report("recovery")
        report.add("settings", fast ? "fast" : "default")
        report.add("runs", runs)
        report.add("tasks", tasks)
        let sorted = delays.sorted()
        report.add("min_s", Double(sorted.first ?? 0) / 1e9, decimals: 2)
        report.add("median_s", Double(Report.percentile(50, of: sorted)) / 1e9, decimals: 2)
        report.add("max_s", Double(sorted.last ?? 0) / 1e9, decimals: 2)
        report.finish()
    }

    /// One kill: from it to the next start of each task, in nanoseconds.
    private func recover(_ redis: RedisClient) async throws -> [Int64] {
        try await redis.send("FLUSHDB")
        let client = TaskClient(redis: try bench.configuration(), logger: BenchOptions.logger)
        for _ in 0..<tasks {
            try await client.enqueue(
                QueueTask(type: BenchOptions.taskType), EnqueueOptions(queue: BenchOptions.queue))
        }
        await client.close()
        let settings = ["--redis", bench.redis, "--concurrency", "\(tasks)"] + (fast ? ["--fast"] : [])
        let victim = try ChildProcess(["worker", "--hold"] + settings)
        do {
            try await wait("the first starts") { try await starts(redis).count >= tasks }
            let heir = try ChildProcess(["worker"] + settings)
            do {
                let delays = try await kill(victim, redis)
                await end(heir)
                return delays
            } catch {
                await end(heir)
                throw error
            }
        } catch {
            await end(victim)
            throw error
        }
    }

    private func kill(_ victim: ChildProcess, _ redis: RedisClient) async throws -> [Int64] {
        try await wait("the second worker") {
            try await redis.send("ZCARD", .string(RedisKeys.servers)).integer() == 2
        }
        // The kill comes at no fixed place in either worker's beat.
        try await Task.sleep(for: .milliseconds(Int.random(in: 4000...6000)))
        let killed = ProcessFigures.unixNanoseconds
        await end(victim)
        try await wait("the next starts") { try await starts(redis).count >= 2 * tasks }
        return try await starts(redis).dropFirst(tasks).map { $0 - killed }
    }

    private func end(_ process: ChildProcess) async {
        process.send(SIGKILL)
        await process.wait()
    }

    private func starts(_ redis: RedisClient) async throws -> [Int64] {
        try await redis.send("LRANGE", .string(WorkerCommand.starts), 0, -1).array().map {
            (start) throws(RedisError) in try start.integer()
        }
    }

    private func wait(_ what: String, until isTrue: () async throws -> Bool) async throws {
        let limit = ContinuousClock.now + .seconds(120)
        while try await !isTrue() {
            guard ContinuousClock.now < limit else { throw BenchFailure("\(what) did not come within 2 min") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
