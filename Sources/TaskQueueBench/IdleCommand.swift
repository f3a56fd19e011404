import ArgumentParser
import Redis
import TaskQueue

/// Counts what a worker with nothing to do asks of Redis.
struct IdleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idle", abstract: "Counts the calls of a worker whose queues are empty or at their limit.")

    @OptionGroup var bench: BenchOptions
    @Option(help: "How many queues it serves.") var queues = 100
    @Option(help: "For how many seconds calls are counted.") var seconds = 20
    @Flag(help: "Each queue runs the one task it may, and one more is pending.") var atLimit = false

    func run() async throws {
        let redis = try bench.client()
        try await redis.send("FLUSHDB")
        let names = BenchOptions.queues(queues)
        let client = TaskClient(redis: try bench.configuration(), logger: BenchOptions.logger)
        try await ForeignTasks.list(names, redis)
        if atLimit {
            try await FillCommand.fill(client, names, tasks: 2 * queues, payloadBytes: 200, batch: 1000, callers: 1)
        }
        await client.close()
        try await serve(names, redis)
        await redis.close()
    }

    private func serve(_ names: [String], _ redis: RedisClient) async throws {
        let weights = Dictionary(uniqueKeysWithValues: names.map { ($0, 1) })
        var configuration = TaskServerConfiguration(concurrency: 2 * queues, queues: QueueSelection(weights: weights))
        if atLimit { configuration.perQueueConcurrency = { _ in 1 } }
        let server = TaskServer(
            redis: try bench.configuration(), configuration: configuration, logger: BenchOptions.logger)
        let countdown = Countdown(names.count)
        async let running: Void = server.run(
            ClosureHandler { _, _ in
                countdown.step()
                try await Task.sleep(for: .seconds(3600))
            })
        if atLimit { await countdown.wait(atMost: .seconds(30)) }
        try await Task.sleep(for: .seconds(3))  // the start is over
        let before = try await RedisFigures.calls(redis)
        try await Task.sleep(for: .seconds(seconds))
        let after = try await RedisFigures.calls(redis)
        let missing = countdown.missing
        await server.shutdownNow()
        try await running
        guard missing == (atLimit ? 0 : queues) else {
            throw BenchFailure("\(queues - missing) tasks run in \(queues) queues with a limit of 1")
        }
        report(before, after)
    }

    private func report(_ before: [String: Int], _ after: [String: Int]) {
        let spent = after.mapValues { $0 }.merging(before.mapValues { -$0 }, uniquingKeysWith: +)
        let scripts = ["eval", "evalsha", "fcall"].compactMap { spent[$0] }.reduce(0, +)
        var report = Report("idle")
        report.add("queues", queues)
        report.add("state", atLimit ? "at-limit" : "empty")
        report.add("script_calls_per_s", Double(scripts) / Double(seconds), decimals: 1)
        // Those that scripts make are among them: Redis does not tell them apart.
        report.add("calls_per_s", Double(spent.values.reduce(0, +)) / Double(seconds), decimals: 1)
        for (command, count) in spent.sorted(by: { $0.value > $1.value }).prefix(6) where count > 0 {
            report.add(command + "_per_s", Double(count) / Double(seconds), decimals: 1)
        }
        report.finish()
    }
}
