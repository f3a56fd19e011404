import ConcurrencySupport
import Foundation
import Logging
import Redis
import TaskQueue

/// A worker process of the fault test: a task server whose handler does what the payloads say.
@main
struct WorkerProgram {
    /// Serves until SIGTERM; ends with 64 when its command line is wrong.
    static func main() async throws {
        guard let settings = WorkerSettings(Array(CommandLine.arguments.dropFirst())) else { exit(64) }
        var logger = Logger(label: "worker", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .info
        let redis = try RedisConfiguration(url: settings.redis)
        let clock = settings.clock()
        let broker = RedisBroker(redis, clock: clock, logger: logger)
        let server = TaskServer(
            broker: broker, configuration: settings.configuration, logger: logger,
            onClose: { await broker.close() }, now: clock)
        // Without `@Sendable` it would belong to the main actor, and Dispatch calls it elsewhere.
        let term = SignalSource(SIGTERM) { @Sendable in Task { await server.shutdown() } }
        let recorder = RunRecorder(client: RedisClient(redis, name: "recorder", logger: logger))
        try await server.run(BehavingHandler(recorder: recorder, sabotage: settings.sabotage))
        term.cancel()
    }
}
