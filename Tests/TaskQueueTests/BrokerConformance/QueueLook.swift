import Foundation

@testable import TaskQueue

/// What a store holds of one queue, whichever store it is.
///
/// Run tokens and the ids of staged sets are left out: they are random.
struct QueueLook: Equatable {
    struct Task: Equatable {
        var state = ""
        var message: [UInt8] = []
        var pendingSince: Int64?
        var uniqueKey: String?
        var group: String?
        var result: [UInt8]?
        /// The worker that holds it, the lease that it wrote, and the deliveries.
        var owner: String?
        var deliveries = 0
        var crashes = Crashes(nil)
        /// Whether a run has noted that it is the only one of its process.
        var isAlone = false
        var options: String?
        var isCancelled = false
        var isWaitedFor = false
    }

    struct Staged: Hashable {
        let group: String
        let deadline: Int
        let members: [String: Int]
    }

    var tasks: [String: Task] = [:]
    /// The next one to be taken first.
    var pending: [String] = []
    /// The longest running first.
    var active: [String] = []
    var leases: [String: Int] = [:]
    var scheduled: [String: Int] = [:]
    var retry: [String: Int] = [:]
    var archived: [String: Int] = [:]
    var completed: [String: Int] = [:]
    var archiveEnds: [String: Int] = [:]
    var groups: Set<String> = []
    var members: [String: [String: Int]] = [:]
    var staged: Set<Staged> = []
    /// The holder of each unique lock.
    var locks: [String: String] = [:]
    var processed = 0
    var failed = 0
    var days: [String: Int] = [:]
    var startedSteps: [String: Int] = [:]
    /// How many steps of each workflow have not succeeded.
    var workflows: [String: Int] = [:]
    /// The latest ticks of each entry that had their task.
    var ticks: [String: Set<Int64>] = [:]
    var terms: [String: Int64] = [:]

    private var counters: [String: Int] {
        days.merging(["processed": processed, "failed": failed]) { $1 }
    }

    /// Where it differs from another look, in few words.
    func differences(from other: QueueLook) -> [String] {
        var found: [String] = []
        func compare<Part: Equatable>(_ name: String, _ part: KeyPath<QueueLook, Part>) {
            let (mine, others) = (self[keyPath: part], other[keyPath: part])
            if mine != others { found.append("\(name): \(mine) | \(others)") }
        }
        compare("pending", \.pending)
        compare("active", \.active)
        compare("leases", \.leases)
        compare("scheduled", \.scheduled)
        compare("retry", \.retry)
        compare("archived", \.archived)
        compare("completed", \.completed)
        compare("archive ends", \.archiveEnds)
        compare("groups", \.groups)
        compare("members", \.members)
        compare("staged", \.staged)
        compare("locks", \.locks)
        compare("counters", \.counters)
        compare("started steps", \.startedSteps)
        compare("workflows", \.workflows)
        compare("ticks", \.ticks)
        compare("terms", \.terms)
        for id in Set(tasks.keys).union(other.tasks.keys).sorted() where tasks[id] != other.tasks[id] {
            found.append("\(id): \(String(describing: tasks[id])) | \(String(describing: other.tasks[id]))")
        }
        return found
    }

    /// The message of a task.
    func message(_ id: String) throws -> TaskMessage {
        try TaskMessage(decoding: tasks[id]?.message ?? [])
    }
}

extension MemoryQueue {
    /// What is held, as a look at Redis would show it.
    var look: QueueLook {
        var look = QueueLook()
        for (id, task) in tasks { look.tasks[id.text.exact] = task.look }
        look.pending = pending.ids.map(\.text.exact)
        look.active = active.ids.map(\.text.exact)
        (look.leases, look.scheduled, look.retry) = (leases.byID, scheduled.byID, retry.byID)
        (look.archived, look.completed, look.archiveEnds) = (archived.byID, completed.byID, archiveEnds.byID)
        look.groups = Set(groups.map(\.text))
        for (name, held) in members where !held.isEmpty { look.members[name.text] = held.byID }
        for set in staged.values {
            look.staged.insert(
                .init(group: set.group.text, deadline: Int(set.deadline), members: set.members.byID))
        }
        for (key, lock) in locks { look.locks[key.text] = lock.holder.text.exact }
        (look.processed, look.failed) = (Int(counters.processed), Int(counters.failed))
        for (day, numbers) in counters.days {
            if numbers.processed > 0 { look.days["processed:\(day.text)"] = Int(numbers.processed) }
            if numbers.failed > 0 { look.days["failed:\(day.text)"] = Int(numbers.failed) }
        }
        look.startedSteps = startedSteps.byID
        for (id, flow) in workflows { look.workflows[id.text] = flow.left }
        for (scope, known) in ticks { look.ticks[scope] = known.tried }
        for (fleet, seen) in terms { look.terms[fleet] = seen.term }
        return look
    }
}

extension MemoryTask {
    fileprivate var look: QueueLook.Task {
        QueueLook.Task(
            state: state.rawValue, message: encodedMessage, pendingSince: pendingSince, uniqueKey: uniqueKey,
            group: group, result: result, owner: owner.map { "\($0.workerID)|\($0.lease)|\($0.deliveries)" },
            deliveries: deliveries, crashes: crashes, isAlone: alone != nil, options: options.text,
            isCancelled: isCancelled, isWaitedFor: isWaitedFor)
    }
}

extension MemoryScores {
    fileprivate var byID: [String: Int] {
        Dictionary(ids.map { ($0.text.exact, Int(score(of: $0) ?? 0)) }) { $1 }
    }
}

extension String {
    /// Equal only for equal bytes: texts that merely look alike differ.
    var exact: String {
        utf8.allSatisfy { $0 < 128 } ? self : unicodeScalars.map { $0.escaped(asASCII: true) }.joined()
    }
}
