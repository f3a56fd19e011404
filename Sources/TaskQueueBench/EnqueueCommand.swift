import ArgumentParser
import Redis
import TaskQueue

/// Creates tasks one by one from many callers at once.
struct EnqueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enqueue", abstract: "Creates tasks one by one from concurrent callers.")

    @OptionGroup var bench: BenchOptions
    @Option(help: "How many tasks.") var tasks = 100_000
    @Option(help: "The size of each payload.") var payloadBytes = 200
    @Option(help: "How many callers, each waiting for its task before it sends the next.") var callers = 50

    func run() async throws {
        try await EnqueueMeasurement("enqueue", bench, tasks: tasks).run { client in
            let task = QueueTask(type: BenchOptions.taskType, payload: [UInt8](repeating: 0x78, count: payloadBytes))
            let options = EnqueueOptions(queue: BenchOptions.queue)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<callers {
                    group.addTask {
                        for _ in stride(from: caller, to: tasks, by: callers) {
                            try await client.enqueue(task, options)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}

/// Creates tasks in batches.
struct BulkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "bulk", abstract: "Creates tasks in batches.")

    @OptionGroup var bench: BenchOptions
    @Option(help: "How many tasks.") var tasks = 200_000
    @Option(help: "The size of each payload.") var payloadBytes = 200
    @Option(help: "How many tasks in one call.") var batch = 1000
    @Option(help: "How many callers at once.") var callers = 2

    func run() async throws {
        try await EnqueueMeasurement("bulk", bench, tasks: tasks).run { client in
            try await FillCommand.fill(
                client, [BenchOptions.queue], tasks: tasks, payloadBytes: payloadBytes, batch: batch, callers: callers)
        }
    }
}

/// Times the creation of tasks in an empty database and checks that all are there.
private struct EnqueueMeasurement {
    let name: String
    let bench: BenchOptions
    let tasks: Int

    init(_ name: String, _ bench: BenchOptions, tasks: Int) {
        self.name = name
        self.bench = bench
        self.tasks = tasks
    }

    func run(_ body: (TaskClient) async throws -> Void) async throws {
        let redis = try bench.client()
        try await redis.send("FLUSHDB")
        let client = TaskClient(redis: try bench.configuration(), logger: BenchOptions.logger)
        let redisCPU = try await RedisFigures.cpuSeconds(redis)
        let cpu = ProcessFigures.cpuSeconds
        let began = ContinuousClock.now
        try await body(client)
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        let used = ProcessFigures.cpuSeconds - cpu
        let redisUsed = try await RedisFigures.cpuSeconds(redis) - redisCPU
        await client.close()
        let stored = try await redis.send("LLEN", .string(RedisKeys(queue: BenchOptions.queue).pending)).integer()
        await redis.close()
        guard stored == Int64(tasks) else { throw BenchFailure("\(stored) of \(tasks) tasks were stored") }
        var report = Report(name)
        report.add("tasks", tasks)
        report.add("seconds", seconds, decimals: 3)
        report.add("tasks_per_s", Double(tasks) / seconds, decimals: 0)
        report.add("cpu_us_per_task", used * 1e6 / Double(tasks), decimals: 2)
        report.add("redis_us_per_task", redisUsed * 1e6 / Double(tasks), decimals: 2)
        report.add("peak_rss_mb", try ProcessFigures.peakMemoryMB(), decimals: 1)
        report.finish()
    }
}
