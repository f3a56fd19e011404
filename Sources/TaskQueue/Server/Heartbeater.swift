import ConcurrencySupport
import Foundation
import Logging

/// Publishes the server's presence and extends the leases of its runs; it goes on while the server drains.
final class Heartbeater: Sendable {
    private let broker: any Broker
    private let identity: WorkerIdentity
    private let configuration: TaskServerConfiguration
    private let control: ServerControl
    private let catalog: QueueCatalog
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let startedAt: Date
    private let limiter = LogLimiter()
    private let successes = LockedValue(0)

    /// How long a lease lives after it was extended, as asynq has it.
    private static let leaseDuration = Duration.seconds(30)
    /// How soon a beat that failed is repeated; the liveness key lives for seconds only.
    private static let retryInterval = Duration.milliseconds(500)

    /// Makes the heart of a server that starts now.
    init(
        broker: any Broker, identity: WorkerIdentity, configuration: TaskServerConfiguration, control: ServerControl,
        catalog: QueueCatalog, logger: Logger, now: @escaping @Sendable () -> Date
    ) {
        self.broker = broker
        self.identity = identity
        self.configuration = configuration
        self.control = control
        self.catalog = catalog
        self.logger = logger
        self.now = now
        startedAt = now()
    }

    /// How many beats reached the store so far.
    var beats: Int { successes.withLock { $0 } }

    /// Beats until cancelled.
    func run() async {
        while !Task.isCancelled {
            let interval: Duration
            do {
                try await beat()
                interval = configuration.effectiveHeartbeatInterval
            } catch {
                guard !Task.isCancelled else { break }
                limiter.run { logger.warning("the heartbeat failed", metadata: ["error": "\(error)"]) }
                interval = min(Self.retryInterval, configuration.effectiveHeartbeatInterval)
            }
            guard !Task.isCancelled else { break }
            await control.heartbeatWake.wait(atMost: interval)
        }
    }

    private func beat() async throws {
        let running = control.running.all
        try await broker.writeServerState(
            info(activeCount: running.count), workers: running.map(worker), worker: identity,
            liveness: configuration.livenessDuration)
        successes.withLock { $0 += 1 }
        for (queue, tasks) in Dictionary(grouping: running, by: \.run.message.queue) {
            try await extend(tasks, in: queue)
        }
    }

    private func extend(_ tasks: [RunningTask], in queue: String) async throws {
        let leaseEnd = now().addingTimeInterval(Self.leaseDuration.timeInterval)
        let lost = Set(try await broker.extendLeases(of: tasks.map(\.run), in: queue))
        for task in tasks {
            if lost.contains(task.run.message.id) {
                task.interrupt(.leaseLost)
            } else {
                task.leaseExpiresAt = leaseEnd
            }
        }
    }

    private func info(activeCount: Int) -> ServerInfo {
        ServerInfo(
            host: identity.host, pid: identity.pid, serverID: identity.serverID,
            concurrency: Int32(clamping: configuration.concurrency),
            queues: catalog.weights.mapValues { Int32(clamping: $0) }, strictPriority: configuration.strictPriority,
            status: control.state.status, startedAt: startedAt, activeWorkerCount: Int32(clamping: activeCount))
    }

    private func worker(_ task: RunningTask) -> WorkerInfo {
        let message = task.run.message
        return WorkerInfo(
            host: identity.host, pid: identity.pid, serverID: identity.serverID, taskID: message.id,
            taskType: message.type, taskPayload: message.payload, queue: message.queue, startedAt: task.startedAt,
            deadline: task.deadline)
    }
}
