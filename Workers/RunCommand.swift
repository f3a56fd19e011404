import ArgumentParser
import Foundation
import HTTP
import Logging
import Postgres
import Redis
import ScheduleStore
import ScheduleTasks
import ScheduleWorkflow
import TaskEvents
import TaskQueue

/// Takes and runs tasks until it is told to stop: `schedcu-worker run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Takes and runs tasks.",
        discussion: """
            TSTP stops taking new tasks. TERM and INT wait for running tasks up to the shutdown timeout and give the rest \
            back; a second one gives them back at once. Every option may also come from the environment, as SCHEDCU_ and \
            its name in capitals.
            """)

    @OptionGroup var servers: ServerOptions
    @Option(help: "How many tasks run at once. Default: 10") var concurrency: Int?
    @Option(help: "Queues and their weights, such as urgent=10,hospital-*=5. Default: hospital-*=1,default=1")
    var queues: String?
    @Flag(name: .customLong("strict-priority"), help: "Take from a queue only while those of higher weight are empty.")
    var strictPriority = false
    @Option(
        name: .customLong("shutdown-timeout"),
        help: "Seconds that running tasks are waited for, such as 8s. Default: 8s")
    var shutdownTimeout: String?
    @Option(help: "Connections to Postgres by class of work. Default: ods=1,amion=3,coverage=1,interactive=5")
    var pool: String?
    @Option(
        name: .customLong("import-dir"),
        help: "Folder of workbooks named by tasks with a source of kind file. Default: none")
    var importDirectory: String?
    @Option(
        name: .customLong("import-hosts"),
        help: "Hosts that workbooks may be fetched from, host or host:port, parted by commas. Default: none")
    var importHosts: String?
    @Option(
        name: .customLong("amion-hosts"),
        help:
            "Hosts that Amion pages may be fetched from. Append +private and +http for a stand-in. Default: www.amion.com"
    )
    var amionHosts: String?
    @Option(
        name: .customLong("amion-floor"),
        help: "How long after a fetch no worker fetches the same Amion page. Less only for a stand-in. Default: 5m")
    var amionFloor: String?
    @Option(
        help:
            "A file or folder with the access codes that hospitals' settings name, for its owner alone. Default: the environment, SCHEDCU_SECRET_<NAME>"
    )
    var secrets: String?

    func run() async throws {
        try await reporting {
            let settings = try RunSettings(self)
            let logger = try servers.logger("schedcu-worker")
            let redis = try servers.redisConfiguration()
            let pools = PostgresPools(try servers.postgresConfiguration(), sizes: settings.pools, logger: logger)
            let client = RedisClient(redis, name: "schedcu-worker", logger: logger)
            let events = TaskEventPublisher(redis: client, logger: logger)
            let services = WorkflowServices(
                store: ScheduleStore(pools: pools, logger: logger), redis: client,
                tasks: TaskClient(
                    broker: RedisBroker(client: client, blockingClientConfiguration: redis, logger: logger)),
                events: events, amionHosts: settings.amionHosts, amionFloor: settings.amionFloor,
                credentials: settings.credentials,
                importHosts: settings.importHosts,
                importDirectory: settings.importDirectory, logger: logger)
            let handler = ScheduleTaskHandler(services: services)
            var configuration = settings.server
            configuration.onOutcome = { await handler.outcome($0, $1) }
            configuration.errorHandler = { _, context, error in
                logger.warning(
                    "task failed",
                    metadata: ["task-id": "\(context.taskID)", "queue": "\(context.queue)", "error": "\(error)"])
            }
            let server = TaskServer(redis: redis, configuration: configuration, logger: logger)
            let signals = SignalSources(server: server, logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await BatchSweeper(store: services.store, logger: logger).run() }
                defer { group.cancelAll() }
                do { try await server.run(handler.mux()) } catch let error as TaskServerError
                    where error.code == .closed
                {
                    logger.notice("told to stop before the start")
                } catch let error as TaskServerError {
                    throw CommandFailure(.failed, "the worker cannot serve", "\(error)", "Nothing was taken")
                }
            }
            signals.cancel()
            await client.close()
            await pools.close()
        }
    }
}
