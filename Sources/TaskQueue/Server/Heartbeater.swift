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
    private let currentPulse = LockedValue(Pulse())

    /// How long a lease lives after it was extended, as asynq has it.
    private static let leaseDuration = Duration.seconds(30)
    /// How much later than usual an answer may come before the store counts as having been away.
    private static let slowAnswer = Duration.seconds(1)
    /// How soon a beat that failed is repeated; the liveness key lives for seconds only.
    static let retryInterval = Duration.milliseconds(500)

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

    /// The beats so far.
    var pulse: Pulse { currentPulse.withLock { $0 } }

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

    /// Leases are extended even if presence cannot be published, and in every queue whatever is wrong with another.
    private func beat() async throws {
        let running = control.running.all
        let parts: [() async throws -> Void] = [
            { try await self.publish(running) },
            {
                try await Dictionary(grouping: running, by: \.run.message.queue).forEachDespiteErrors { queue, tasks in
                    try await self.extend(tasks, in: queue)
                }
            },
        ]
        try await parts.forEachDespiteErrors { try await $0() }
    }

    private func publish(_ running: [RunningTask]) async throws {
        currentPulse.withLock { $0.begin() }
        do {
            try await broker.writeServerState(
                info(activeCount: running.count), workers: running.map(worker), worker: identity,
                liveness: configuration.livenessDuration)
        } catch {
            currentPulse.withLock { $0.fail() }
            throw error
        }
        let longest = configuration.effectiveHeartbeatInterval + Self.slowAnswer
        currentPulse.withLock { $0.answer(at: .now, longest: longest) }
    }

    private func extend(_ tasks: [RunningTask], in queue: String) async throws {
        let leaseEnd = now().addingTimeInterval(Self.leaseDuration.timeInterval)
        let lost = Set(try await broker.extendLeases(of: tasks.map(\.run), in: queue))
        for task in tasks {
            if lost.contains(task.run) {
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
