import ConcurrencySupport
import Foundation
import Logging
import Redis
import TaskQueue

/// A worker process of the fault test: a task server whose handler does what the payloads say, and a scheduler where there
/// are periodic tasks; or a ``Canceller``.
@main
struct WorkerProgram {
    /// Serves until SIGTERM; ends with 64 when its command line is wrong.
    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        var logger = Logger(label: "worker", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .info
        if let canceller = Canceller(words) { exit(await canceller.run(logger: logger).rawValue) }
        guard let settings = WorkerSettings(words) else { exit(64) }
        let redis = try RedisConfiguration(url: settings.redis)
        let clock = settings.clock()
        let broker = RedisBroker(redis, clock: clock, logger: logger)
        let server = TaskServer(
            broker: broker, configuration: settings.configuration, logger: logger,
            onClose: { await broker.close() }, now: clock)
        let scheduler = try settings.scheduler(redis, logger: logger)
        // Without `@Sendable` it would belong to the main actor, and Dispatch calls it elsewhere.
        let term = SignalSource(SIGTERM) { @Sendable in
            Task {
                await scheduler?.shutdown()
                await server.shutdown()
            }
        }
        let recorder = RunRecorder(client: RedisClient(redis, name: "recorder", logger: logger))
        try await settings.sabotage.ignoreLimits(of: settings.queue, client: recorder.client)
        let ticking = Task { try await scheduler?.run() }
        try await server.run(BehavingHandler(recorder: recorder, sabotage: settings.sabotage))
        // One that was asked to end before it ran.
        ticking.cancel()
        try await ticking.value
        term.cancel()
    }
}
