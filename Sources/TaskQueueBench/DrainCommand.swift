import ArgumentParser
import Foundation
import Redis
import TaskQueue

/// Fills queues by another process, then empties them with one server in this process, whose handler does nothing.
struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Runs no-op tasks with one server until they are done.")

    @OptionGroup var bench: BenchOptions
    @Option(help: "Where to fill and check, when --redis is a relay before it.") var direct: String?
    @Option(help: "How many tasks are timed.") var tasks = 50_000
    @Option(help: "The size of each payload.") var payloadBytes = 200
    @Option(help: "How many tasks the server runs at once.") var concurrency = 50
    @Option(help: "Over how many queues the tasks are spread.") var queues = 1
    @Option(help: "How many more are pending; the clock stops when as many as are timed have run.") var extraPending = 0
    @Option(help: "How many tasks of another worker are active beside them, in the first queue.") var active = 0

    func run() async throws {
        var direct = bench
        direct.redis = self.direct ?? bench.redis
        let redis = try direct.client()
        try await redis.send("FLUSHDB")
        try await ChildProcess.run([
            "fill", "--redis", direct.redis, "--tasks", "\(tasks + extraPending)", "--payload-bytes", "\(payloadBytes)",
            "--queues", "\(queues)",
        ])
        if active > 0 { try await ForeignTasks.activate(active, in: BenchOptions.queues(queues)[0], redis) }
        let report = try await measure(redis)
        await redis.close()
        report.finish()
    }

    private func measure(_ redis: RedisClient) async throws -> Report {
        let names = BenchOptions.queues(queues)
        let weights = Dictionary(uniqueKeysWithValues: names.map { ($0, 1) })
        let server = TaskServer(
            redis: try bench.configuration(),
            configuration: TaskServerConfiguration(concurrency: concurrency, queues: QueueSelection(weights: weights)),
            logger: BenchOptions.logger)
        let countdown = Countdown(tasks)
        let cpu = ProcessFigures.cpuSeconds
        let began = ContinuousClock.now
        async let running: Void = server.run(ClosureHandler { _, _ in countdown.step() })
        await countdown.wait()
        if extraPending == 0 { try await waitUntilAcknowledged(names, redis) }
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        let used = ProcessFigures.cpuSeconds - cpu
        let memory = try ProcessFigures.peakMemoryMB()
        await server.shutdown()
        try await running
        if extraPending == 0 { try await check(names, redis, countdown) }
        var report = Report("drain")
        report.add("tasks", tasks)
        report.add("payload_bytes", payloadBytes)
        report.add("concurrency", concurrency)
        report.add("queues", queues)
        report.add("extra_pending", extraPending)
        report.add("active", active)
        report.add("seconds", seconds, decimals: 3)
        report.add("tasks_per_s", Double(tasks) / seconds, decimals: 0)
        report.add("us_per_task", seconds * 1e6 / Double(tasks), decimals: 2)
        report.add("cpu_us_per_task", used * 1e6 / Double(tasks), decimals: 2)
        report.add("peak_rss_mb", memory, decimals: 1)
        return report
    }

    /// The last handlers have run, and the outcomes of up to `concurrency` of them are still to be written.
    private func waitUntilAcknowledged(_ queues: [String], _ redis: RedisClient) async throws {
        for (index, queue) in queues.enumerated() {
            let left = index == 0 ? Int64(active) : 0
            let key = RedisArgument.string(RedisKeys(queue: queue).active)
            let limit = ContinuousClock.now + .seconds(30)
            while try await redis.send("LLEN", key).integer() > left {
                guard ContinuousClock.now < limit else { throw BenchFailure("tasks of \(queue) are still active") }
            }
        }
    }

    /// A drain counts only when each task ran once and was acknowledged once.
    private func check(_ queues: [String], _ redis: RedisClient, _ countdown: Countdown) async throws {
        var processed: Int64 = 0
        for queue in queues {
            let keys = RedisKeys(queue: queue)
            let counted = try await redis.send("GET", .string(keys.processedTotal))
            if counted != .null { processed += try counted.integer() }
            guard try await redis.send("LLEN", .string(keys.pending)).integer() == 0 else {
                throw BenchFailure("tasks of \(queue) are still pending")
            }
        }
        guard processed == Int64(tasks), countdown.missing == 0 else {
            throw BenchFailure("\(tasks - countdown.missing) runs and \(processed) outcomes of \(tasks) tasks")
        }
    }
}
