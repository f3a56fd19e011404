import Logging

/// Gives the tasks of dead workers of ours back within seconds, at no retry's cost (architecture D15).
///
/// A worker counts as dead when its liveness key is missing at two looks between which this server's own heartbeat reached
/// the store: then the store was up, and the other worker had its chance.
struct Rescuer: Sendable {
    let broker: any Broker
    let catalog: QueueCatalog
    let identity: WorkerIdentity
    let heartbeater: Heartbeater
    let interval: Duration
    let logger: Logger

    /// Looks until cancelled.
    func run() async {
        var suspects = RescueSuspects()
        await PeriodicLoop(name: "looking for tasks of dead workers", interval: interval, logger: logger).run {
            let beats = heartbeater.beats
            var orphans: [TaskRun] = []
            for queue in catalog.names { orphans += try await self.orphans(of: queue) }
            for run in suspects.confirmed(by: orphans, beats: beats) {
                guard try await broker.rescue(run) == .written else { continue }
                logger.warning("gave back a task of a dead worker", metadata: run.logMetadata)
            }
        }
    }

    private func orphans(of queue: String) async throws -> [TaskRun] {
        let active = try await broker.ownedActiveTasks(queue: queue).filter { $0.workerID != identity.id }
        guard !active.isEmpty else { return [] }
        let missing = try await broker.missingWorkers(among: Set(active.map(\.workerID)))
        return active.filter { missing.contains($0.workerID) }.map(\.run)
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
    mutating func confirmed(by orphans: [TaskRun], beats: Int) -> [TaskRun] {
        var next: [TaskRun: Int] = [:]
        for run in orphans { next[run] = firstSeen[run] ?? beats }
        firstSeen = next
        return orphans.filter { (next[$0] ?? beats) < beats }
    }
}
