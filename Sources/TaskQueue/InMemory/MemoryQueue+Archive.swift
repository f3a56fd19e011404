import Foundation

/// The archive; the rules are those of `BrokerScripts.archiveTrimming`.
extension MemoryQueue {
    /// How far ahead an end is looked at again at the latest, seconds.
    private static let lookAgain: Int64 = 90 * 86_400
    /// How many entries one call deals with at most, as in Redis.
    private static let mostTrimmed = 1000

    /// Puts a task into the archive; `seconds` is now, Unix seconds.
    mutating func archive(_ id: ExactText, at seconds: Int64) {
        tasks[id]?.state = .archived
        tasks[id]?.isCancelled = false
        archived.set(id, to: seconds)
        if let end = archiveEnd(of: id, archivedAt: seconds) {
            archiveEnds.set(id, to: min(end, seconds + Self.lookAgain))
        }
    }

    /// When a task's own retention in the archive is over; `nil` when it has none.
    private func archiveEnd(of id: ExactText, archivedAt: Int64) -> Int64? {
        guard let seconds = tasks[id]?.options.archiveSeconds, seconds >= 0 else { return nil }
        let (end, overflow) = archivedAt.addingReportingOverflow(seconds)
        return overflow ? .max : end
    }

    /// Deletes tasks whose own retention is over, then the oldest of those that are too old or too many.
    ///
    /// - Parameters:
    ///   - limit: How many entries are dealt with at most.
    ///   - seconds: Now, Unix seconds.
    /// - Returns: How many entries were dealt with.
    mutating func trimArchive(limit: Int, at seconds: Int64) -> Int {
        let most = min(limit, Self.mostTrimmed)
        let over = archiveEnds.first(most, upTo: seconds)
        for id in over {
            let end = archived.score(of: id).flatMap { archiveEnd(of: id, archivedAt: $0) }
            switch end {
            case nil: archiveEnds.remove(id)
            case let end? where end > seconds: archiveEnds.set(id, to: min(end, seconds + Self.lookAgain))
            default: dropArchived(id)
            }
        }
        let old = archived.count(upTo: seconds - (archiveSeconds ?? ArchiveLimits.standardSeconds))
        let excess = max(old, archived.count - (archiveCount ?? ArchiveLimits.standardCount))
        let going = max(0, min(excess, most - over.count))
        for id in archived.first(going) { dropArchived(id) }
        return over.count + going
    }

    /// Deletes all archived tasks that are too old or too many, as tools and the janitor do.
    mutating func trimArchive(at now: Date) {
        while trimArchive(limit: Self.mostTrimmed, at: UnixTime.seconds(now)) > 0 {}
    }

    private mutating func dropArchived(_ id: ExactText) {
        if !leases.contains(id) { tasks[id] = nil }
        archived.remove(id)
        archiveEnds.remove(id)
    }

    /// Takes a task back that another server archived as poison.
    mutating func restoreFromPoison(_ run: TaskRun, reason: String, at now: Date) -> OutcomeWrite {
        let id = ExactText(run.message.id)
        guard var task = tasks[id], task.state == .archived, task.message.errorMessage == reason, let owner = run.owner,
            task.alone == owner, !task.options.releasesLockOnArchive, archived.remove(id)
        else { return .superseded }
        task.rewrite(run.message, run.encodedMessage)
        task.state = .pending
        task.pendingSince = UnixTime.nanoseconds(now)
        tasks[id] = task
        giveBack(id)
        return .written
    }
}
