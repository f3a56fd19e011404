import Foundation

/// One queue of the in-memory broker: plain values, and each operation of ``Broker`` a function that changes them at once.
///
/// Every function gets the moment at which it happens, so that the same calls at the same moments give the same answers. The
/// rules are those of the scripts in `BrokerScripts`; where a script guards against what only Redis can hold (keys of another
/// type, bytes that do not decode, ids without a task), there is nothing to guard against here.
struct MemoryQueue: Sendable {
    /// A unique lock.
    struct Lock: Sendable, Equatable {
        let holder: ExactText
        let end: Date
    }

    /// A set taken out of a group.
    struct StagedMembers: Sendable, Equatable {
        let group: ExactText
        /// Unix seconds.
        let deadline: Int64
        var members: MemoryScores
    }

    let name: ExactText
    var tasks: [ExactText: MemoryTask] = [:]
    var pending = MemoryLine()
    /// Running tasks, the longest running first.
    var active = MemoryLine()
    /// The running tasks' leases.
    var leases = MemoryScores()
    var scheduled = MemoryScores()
    var retry = MemoryScores()
    var archived = MemoryScores()
    var completed = MemoryScores()
    var isPaused = false
    var limits = QueueLimits()
    /// When the next task is due at the queue's rate, Unix microseconds.
    var rateArrival: Double = 0
    /// `nil` is ``ArchiveLimits/standard``'s.
    var archiveCount: Int?
    /// `nil` is ``ArchiveLimits/standard``'s.
    var archiveSeconds: Int64?
    /// Where to look for archived tasks with a retention of their own.
    var archiveEnds = MemoryScores()
    /// Names of groups that may have members.
    var groups: Set<ExactText> = []
    var members: [ExactText: MemoryScores] = [:]
    var staged: [String: StagedMembers] = [:]
    var locks: [ExactText: Lock] = [:]
    var counters = MemoryCounters()
    var workflows: [ExactText: MemoryWorkflow] = [:]
    /// Steps that have started and are not known to have succeeded.
    var startedSteps = MemoryScores()
    var ticks: [String: MemoryTicks] = [:]
    /// The highest term of each fleet that enqueued here.
    var terms: [String: MemoryTerm] = [:]
    /// What is to be told once the change is made.
    var events: [MemoryEvent] = []

    /// Makes an empty queue.
    init(_ name: ExactText) { self.name = name }

    /// Whether tasks run, or could if a worker looked.
    func isBusy(at now: Date) -> Bool {
        let seconds = UnixTime.seconds(now)
        return !pending.isEmpty || !active.isEmpty
            || [scheduled, retry].contains { $0.firstScore.map { $0 <= seconds } ?? false }
    }

    /// Adds an id to be taken last.
    mutating func push(_ id: ExactText) {
        pending.append(id)
        events.append(.pushed(queue: name, isFirst: pending.count == 1))
    }

    /// Adds an id to be taken next.
    mutating func giveBack(_ id: ExactText) {
        pending.giveBack(id)
        events.append(.pushed(queue: name, isFirst: pending.count == 1))
    }

    /// Adds an id to wait for its moment, Unix seconds.
    mutating func schedule(_ id: ExactText, at score: Int64) {
        scheduled.set(id, to: score)
        if scheduled.firstID == id { events.append(.scheduled(queue: name)) }
    }

    /// Who holds a lock.
    func holder(of lock: ExactText, at now: Date) -> ExactText? {
        locks[lock].flatMap { $0.end > now ? $0.holder : nil }
    }

    /// Releases a lock if the task holds it; an empty key is none.
    mutating func unlock(_ key: String, heldBy id: ExactText, at now: Date) {
        let lock = ExactText(key)
        if !key.isEmpty, holder(of: lock, at: now) == id { locks[lock] = nil }
    }

    /// Tells when nothing is left to be run.
    mutating func tellIfSettled() {
        if pending.isEmpty, active.isEmpty { events.append(.settled) }
    }
}
