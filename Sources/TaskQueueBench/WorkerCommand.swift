import ArgumentParser
import Redis
import TaskQueue

/// A worker that notes each start of a task in Redis; `recovery` starts and kills it.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Runs tasks and notes each start; recovery starts and kills it.")

    @OptionGroup var bench: BenchOptions
    @Option(help: "How many tasks it runs at once.") var concurrency = 10
    @Flag(help: "Tasks do not end.") var hold = false
    @Flag(help: "The settings for the fastest recovery.") var fast = false

    /// LIST: the moments of the starts, Unix nanoseconds.
    static let starts = "bench:starts"

    func run() async throws {
        let redis = try bench.client()
        var configuration = TaskServerConfiguration(concurrency: concurrency, queues: [BenchOptions.queue: 1])
        if fast { Self.setFastRecovery(&configuration) }
        let server = TaskServer(
            redis: try bench.configuration(), configuration: configuration, logger: BenchOptions.logger)
        try await server.run(
            ClosureHandler { _, _ in
                let now = ProcessFigures.unixNanoseconds
                try await redis.send("RPUSH", .string(Self.starts), .integer(now))
                if hold { try await Task.sleep(for: .seconds(3600)) }
            })
    }

    /// Death is noticed as soon as the settings allow.
    private static func setFastRecovery(_ configuration: inout TaskServerConfiguration) {
        configuration.livenessDuration = .milliseconds(1500)
    }
}
