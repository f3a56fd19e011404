import ArgumentParser

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
        var drain = Drain(bench, direct: direct)
        drain.tasks = tasks
        drain.payloadBytes = payloadBytes
        drain.concurrency = concurrency
        drain.queues = queues
        drain.extraPending = extraPending
        drain.active = active
        let figures = try await drain.run()
        var report = Report("drain")
        report.add("tasks", tasks)
        report.add("payload_bytes", payloadBytes)
        report.add("concurrency", concurrency)
        report.add("queues", queues)
        report.add("extra_pending", extraPending)
        report.add("active", active)
        report.add("seconds", figures.seconds, decimals: 3)
        report.add("tasks_per_s", Double(tasks) / figures.seconds, decimals: 0)
        report.add("cpu_us_per_task", figures.cpuSeconds * 1e6 / Double(tasks), decimals: 2)
        report.add("redis_us_per_task", figures.redisSeconds * 1e6 / Double(tasks), decimals: 2)
        report.add("peak_rss_mb", figures.peakMemoryMB, decimals: 1)
        report.finish()
    }
}
