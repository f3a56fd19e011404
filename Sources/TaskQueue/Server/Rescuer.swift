import ConcurrencySupport
import Logging

/// Gives the tasks of dead workers of ours back within seconds, at no retry's cost (architecture D15).
///
/// A worker counts as dead when its liveness key is missing at two looks between which this server's own heartbeat reached
/// the store, and when this server has reached it without a break for long enough that a worker who lost it at the same time
/// would be back: see ``RescueSuspects``. A task that ran alone when its worker died goes to the archive instead: nothing else
/// can have killed the worker (I8). Should that worker live after all, it takes the task back when its run has ended (``TaskRunner``).
///
/// It gives back its own server's tasks too that this does not know of: the store had handed them out when the connection
/// broke, and the answer was lost. The two looks leave an answer the time to come.
package struct Rescuer: Sendable {
    /// The reason in the archive.
    package static let poisonText =
        "poison: the worker died with this task three times, the last time while it ran alone"

    let broker: any Broker
    let catalog: QueueCatalog
    let identity: WorkerIdentity
    let heartbeater: Heartbeater
    let control: ServerControl
    let configuration: TaskServerConfiguration
    let logger: Logger

    /// Looks until cancelled.
    func run() async {
        var suspects = RescueSuspects()
        let interval = configuration.effectiveRescueLookInterval
        await PeriodicLoop(name: "looking for tasks of dead workers", interval: interval, logger: logger).run {
            let pulse = heartbeater.pulse
            let found = try await broker.orphanedTasks(
                in: catalog.names, besides: identity, running: control.running.owners)
            // Some may have been taken here while the store was asked.
            let mine = control.running.owners
            let orphans = found.filter { orphan in !(orphan.run.owner.map(mine.contains) ?? false) }
            let confirmed = suspects.confirmed(by: orphans.map(\.run), pulse: pulse, at: .now)
            try await orphans.filter { confirmed.contains($0.run) }.forEachDespiteErrors(rescue)
            // The heartbeat between the two looks need not be waited for.
            if confirmed.count < orphans.count { control.heartbeatWake.signal() }
        }
    }

    private func rescue(_ orphan: OwnedTask) async throws {
        let run = orphan.run
        if run.owner?.hasPrefix(identity.id + "|") == true {
            // No crash: nothing is noted against the task.
            guard try await broker.requeue(run) == .written else { return }
            logger.warning("gave back a task whose delivery was lost", metadata: run.logMetadata)
        } else if orphan.isAlone {
            let outcome = try await broker.archive(run, error: Self.poisonText)
            if outcome == .written {
                logger.error("archived a task that kills its workers", metadata: run.logMetadata)
            }
            await control.call { [configuration] in
                await configuration.tellArchived(run, reason: Self.poisonText, outcome)
            }
        } else {
            guard try await broker.rescue(run) == .written else { return }
            logger.warning("gave back a task of a dead worker", metadata: run.logMetadata)
        }
    }
}

/// Which runs were seen without their worker, and since which heartbeat.
///
/// Pure.
struct RescueSuspects: Sendable {
    /// How long the store must have answered without a break before anybody is taken for dead, about 1.5 s: as long as a worker
    /// takes to reconnect and beat after an outage that hit all, and a little for a slow machine.
    static let reconnectAllowance =
        Backoff.reconnecting.limit * (1 + Backoff.reconnecting.jitter) + Heartbeater.retryInterval + .milliseconds(400)

    private var firstSeen: [TaskRun: Int] = [:]

    /// Notes one look.
    ///
    /// - Parameters:
    ///   - orphans: The runs whose worker's liveness key is missing now; the others are forgotten.
    ///   - pulse: This server's heartbeats before the look.
    ///   - now: The moment.
    /// - Returns: The runs that were missing their worker at an earlier look too, with a heartbeat begun and answered since;
    ///   none while the store may have been away a moment ago.
    mutating func confirmed(by orphans: [TaskRun], pulse: Pulse, at now: ContinuousClock.Instant) -> Set<TaskRun> {
        var next: [TaskRun: Int] = [:]
        for run in orphans { next[run] = firstSeen[run] ?? pulse.begun }
        firstSeen = next
        guard let since = pulse.unbrokenSince, now - since >= Self.reconnectAllowance else { return [] }
        return Set(orphans.filter { (next[$0] ?? pulse.begun) < pulse.answered })
    }
}
