import Logging

/// Gives the tasks of dead workers of ours back within seconds, at no retry's cost (architecture D15).
///
/// A worker counts as dead when its liveness key is missing at two looks between which this server's own heartbeat reached
/// the store: then the store was up, and the other worker had its chance. A task that ran alone when its worker died goes
/// to the archive instead: nothing else can have killed the worker (I8).
///
/// It gives back its own server's tasks too that this does not know of: the store had handed them out when the connection
/// broke, and the answer was lost. The two looks leave an answer the time to come.
struct Rescuer: Sendable {
    /// The reason in the archive.
    static let poisonText = "poison: the worker died with this task three times, the last time while it ran alone"

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
            let beats = heartbeater.beats
            let orphans = try await broker.orphanedTasks(
                in: catalog.names, besides: identity, running: control.running.owners)
            let confirmed = suspects.confirmed(by: orphans.map(\.run), beats: beats)
            for orphan in orphans where confirmed.contains(orphan.run) { try await rescue(orphan) }
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
            guard try await broker.archive(run, error: Self.poisonText) == .written else { return }
            logger.error("archived a task that kills its workers", metadata: run.logMetadata)
            await configuration.tellArchived(run, reason: Self.poisonText)
        } else {
            guard try await broker.rescue(run) == .written else { return }
            logger.warning("gave back a task of a dead worker", metadata: run.logMetadata)
        }
    }
}

/// Which runs were seen without their worker, and how many heartbeats ago.
///
/// Pure.
struct RescueSuspects: Sendable {
    private var firstSeen: [TaskRun: Int] = [:]

    /// Notes one look.
    ///
    /// - Parameters:
    ///   - orphans: The runs whose worker's liveness key is missing now; the others are forgotten.
    ///   - beats: How many of this server's heartbeats had reached the store before the look.
    /// - Returns: The runs that were missing their worker at an earlier look too, with a heartbeat in between.
    mutating func confirmed(by orphans: [TaskRun], beats: Int) -> Set<TaskRun> {
        var next: [TaskRun: Int] = [:]
        for run in orphans { next[run] = firstSeen[run] ?? beats }
        firstSeen = next
        return Set(orphans.filter { (next[$0] ?? beats) < beats })
    }
}
