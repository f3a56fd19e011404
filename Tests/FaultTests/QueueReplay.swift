import QueueTestWorker

@testable import TaskQueue

/// What happened to one queue, followed write by write through a server's log.
///
/// It knows Redis's commands and the names of the keys, and nothing of the scripts.
struct QueueReplay: Sendable {
    /// A task's change from one state to another.
    struct Transition: Sendable, Hashable {
        /// Which transaction made it.
        let position: Int
        /// `nil` where the task did not exist.
        let from: TaskState?
        /// `nil` where the task was deleted.
        let to: TaskState?
        /// How often the task had been taken by a worker, this time included.
        let delivery: Int
        /// What the task's message says afterwards, or said when it went: how often it was retried.
        let retried: Int
        /// And its last error; empty without one.
        let error: String
    }

    /// A change of a unique lock.
    struct LockChange: Sendable, Hashable {
        let position: Int
        let key: String
        /// Who held it before.
        let from: String?
        /// Who holds it now.
        let to: String?
    }

    let keys: RedisKeys
    /// Each task's changes in order.
    private(set) var transitions: [String: [Transition]] = [:]
    /// Each task's last stored message.
    private(set) var lastMessage: [String: [UInt8]] = [:]
    /// Changes of unique locks in order.
    private(set) var lockChanges: [LockChange] = []
    /// What the handlers recorded, in order, with the transaction.
    private(set) var records: [(position: Int, record: RunRecord)] = []
    /// When the cancellation of tasks was first requested while they ran.
    private(set) var cancelRequests: [String: Int] = [:]
    /// Deliveries of tasks to workers, in order: in which transaction, how many, and how many leases stood afterwards.
    private(set) var takes: [Take] = []
    /// Workflows by id.
    private(set) var flows: [String: Flow] = [:]
    /// What queues and schedulers noted of ticks.
    private(set) var ticks = TickLog()
    /// The scheduler that led in each term.
    private(set) var terms: [Int64: String] = [:]
    /// By when workers must have taken tasks, Unix seconds.
    private(set) var expiries: [String: Int64] = [:]
    /// When each transaction was written, Unix seconds.
    let seconds: [Int64]
    /// Moments at which a task was not in exactly its state's container.
    private(set) var violations: [Violation] = []
    /// Tasks that a transaction has created, changed, deleted or moved.
    private(set) var touchedTasks: [Int: Set<String>] = [:]

    private var leases: [String: Int64] = [:]
    private var groups: [String: [String: Double]] = [:]
    private var hashes: [String: [String: String]] = [:]
    private var lists: [String: [String]] = [:]
    private var sets: [String: Set<String>] = [:]
    private var locks: [String: String] = [:]
    private var deliveries: [String: Int] = [:]
    private var touched: Set<String> = []

    /// The sorted sets that hold tasks of one state.
    static let sortedStates: [TaskState] = [.scheduled, .retry, .archived, .completed]

    /// Follows a log to its end.
    init(_ log: CommandLog, queue: String) {
        keys = RedisKeys(queue: queue)
        seconds = log.seconds
        for (position, transaction) in log.transactions.enumerated() {
            let before = hashes
            touched = []
            for command in transaction { apply(command, position) }
            touchedTasks[position] = touched
            for id in touched.sorted() { note(id, before: before[id], position) }
            noteTake(touched, before: before, position)
        }
    }

    /// How many runs ended while a newer run of their task was active.
    var staleEnds: Int {
        records.count { position, record in
            let present = transitions[record.task]?.last { $0.position < position }
            guard record.event != .started, let present else { return false }
            return present.to == .active && present.delivery > record.delivery
        }
    }

    // MARK: What follows from a transaction

    private mutating func note(_ id: String, before: [String: String]?, _ position: Int) {
        let from = before?["state"].flatMap(TaskState.init(rawValue:))
        let to = hashes[id]?["state"].flatMap(TaskState.init(rawValue:))
        if from != to {
            if to == .active { deliveries[id, default: 0] += 1 }
            let bytes = (hashes[id] ?? before)?["msg"].map(CommandLog.bytes)
            let message = bytes.flatMap { try? TaskMessage(decoding: $0) }
            let transition = Transition(
                position: position, from: from, to: to, delivery: deliveries[id] ?? 0,
                retried: Int(message?.retried ?? 0), error: message?.errorMessage ?? "")
            transitions[id, default: []].append(transition)
        }
        if let message = hashes[id]?["msg"] { lastMessage[id] = CommandLog.bytes(of: message) }
        if let problem = misplacement(of: id, state: to) {
            violations.append(Violation(.oneState, "\(problem) (write \(position))"))
        }
    }

    /// What is wrong with the containers of a task, if anything.
    private func misplacement(of id: String, state: TaskState?) -> String? {
        var found: [String] = []
        for name in ["pending", "active"] {
            found += lists[keys.prefix + name, default: []].filter { $0 == id }.map { _ in name }
        }
        for state in Self.sortedStates where sets[keys.prefix + state.rawValue]?.contains(id) == true {
            found.append(state.rawValue)
        }
        found += groups.filter { $0.value[id] != nil }.map { _ in TaskState.aggregating.rawValue }
        let isLeased = sets[keys.lease]?.contains(id) == true
        guard found == (state.map { [$0.rawValue] } ?? []), isLeased == (state == .active) else {
            return "\(id) has state \(state?.rawValue ?? "none") and stands in \(found), "
                + (isLeased ? "with a lease" : "without a lease")
        }
        return nil
    }

    /// Counts the tasks that this transaction gave to workers; each of them had no lease of the moment before.
    private mutating func noteTake(_ touched: Set<String>, before: [String: [String: String]], _ position: Int) {
        let active = TaskState.active.rawValue
        let taken = touched.filter { hashes[$0]?["state"] == active && before[$0]?["state"] != active }
        guard let end = taken.compactMap({ leases[$0] }).max() else { return }
        let running = leases.values.count { $0 > end - Self.leaseSeconds }
        takes.append(Take(position: position, count: taken.count, running: running))
    }

    private mutating func noteLeader(_ rest: [String], _ key: String) {
        guard key == RedisKeys.schedulerLeader, let words = rest.first?.split(separator: " "), words.count == 2,
            let term = Int64(words[0])
        else { return }
        terms[term] = String(words[1])
    }

    private mutating func noteFlow(_ pairs: [String], _ key: String, _ position: Int) {
        let prefix = keys.workflow("")
        guard key.hasPrefix(prefix) else { return }
        let id = String(key.dropFirst(prefix.count))
        if flows[id] == nil { flows[id] = Flow() }
        if pairs.first == "cancelled", flows[id]?.cancelled == nil { flows[id]?.cancelled = position }
    }

    // MARK: Commands

    private mutating func apply(_ command: [String], _ position: Int) {
        guard command.count > 1 else { return }
        let key = command[1]
        let rest = Array(command.dropFirst(2))
        switch command[0].uppercased() {
        case "RPUSH" where key == RunRecord.key:
            records += rest.compactMap(RunRecord.init).map { (position, $0) }
        case "RPUSH", "LPUSH": push(rest, key, atLeft: command[0].uppercased() == "LPUSH")
        case "LREM": remove(rest, key)
        case "ZREMRANGEBYRANK": removeRanks(rest, key)
        case "RPOP", "LPOP":
            pop(key, count: rest.first.flatMap(Int.init) ?? 1, atLeft: command[0].uppercased() == "LPOP")
        case "LMOVE", "RPOPLPUSH": move(key, rest)
        case "LTRIM": trim(rest, key)
        case "ZADD": addScored(rest, key, position)
        case "ZREM", "SREM":
            for id in rest {
                sets[key]?.remove(id)
                groups[key]?[id] = nil
                if key == keys.lease { leases[id] = nil }
            }
            touch(rest, in: key)
        case "HSET", "HMSET", "HSETNX": set(rest, key, position)
        case "HDEL":
            if let id = task(key) { for field in rest { hashes[id]?[field] = nil } }
            ticks.closed(rest, key)
        case "SET", "SETNX":
            noteLeader(rest, key)
            if isLock(key), let holder = rest.first { changeLock(key, to: holder, position) }
        case "DEL", "UNLINK": for key in [key] + rest { delete(key, position) }
        case "ZREMRANGEBYSCORE", "INCR", "INCRBY", "HINCRBY", "EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT", "SADD",
            "PUBLISH":
            break
        default:
            let text = "the log holds \(command[0]) on \(key), which this test does not know: teach QueueReplay"
            violations.append(Violation(.program, text))
        }
    }

    private mutating func set(_ pairs: [String], _ key: String, _ position: Int) {
        ticks.opened(pairs, key)
        noteFlow(pairs, key, position)
        guard let id = task(key) else { return }
        touched.insert(id)
        for start in stride(from: 0, to: pairs.count - 1, by: 2) {
            hashes[id, default: [:]][pairs[start]] = pairs[start + 1]
            if pairs[start] == TaskField.options {
                expiries[id] = StoredOptions(CommandLog.bytes(of: pairs[start + 1])).expiresAtUnixSeconds
            }
            if pairs[start] == TaskField.cancel, cancelRequests[id] == nil { cancelRequests[id] = position }
        }
    }

    private mutating func push(_ ids: [String], _ key: String, atLeft: Bool) {
        for id in ids { lists[key, default: []].insert(id, at: atLeft ? 0 : lists[key]?.count ?? 0) }
        touch(ids, in: key)
    }

    private mutating func remove(_ rest: [String], _ key: String) {
        guard rest.count == 2, var list = lists[key], let count = Int(rest[0]) else { return }
        var places = list.indices.filter { list[$0] == rest[1] }
        if count < 0 { places.reverse() }
        if count != 0 { places = Array(places.prefix(abs(count))) }
        for place in places.sorted(by: >) { list.remove(at: place) }
        lists[key] = list
        touch([rest[1]], in: key)
    }

    private mutating func trim(_ rest: [String], _ key: String) {
        guard rest.count == 2, let list = lists[key], let first = Int(rest[0]), let last = Int(rest[1]) else { return }
        let from = first < 0 ? max(0, list.count + first) : first
        let to = min(list.count - 1, last < 0 ? list.count + last : last)
        lists[key] = from <= to ? Array(list[from...to]) : []
        touch(list, in: key)
    }

    /// Only groups are followed by rank; the log of other sets does not matter here.
    private mutating func removeRanks(_ rest: [String], _ key: String) {
        guard let group = groups[key], rest.count == 2, let first = Int(rest[0]), let last = Int(rest[1]) else {
            return
        }
        let ids = group.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
        let removed = ids[min(first, ids.count)..<max(min(first, ids.count), min(last + 1, ids.count))]
        for id in removed { groups[key]?[id] = nil }
        touch(Array(removed), in: key)
    }

    private mutating func pop(_ key: String, count: Int, atLeft: Bool) {
        for _ in 0..<count {
            guard let list = lists[key], !list.isEmpty else { return }
            let id = atLeft ? lists[key]?.removeFirst() : lists[key]?.removeLast()
            touch(id.map { [$0] } ?? [], in: key)
        }
    }

    private mutating func move(_ key: String, _ rest: [String]) {
        guard let target = rest.first, let list = lists[key], !list.isEmpty else { return }
        let fromLeft = rest.count > 1 && rest[1].uppercased() == "LEFT"
        let toLeft = rest.count < 3 || rest[2].uppercased() == "LEFT"
        let id = fromLeft ? lists[key]?.removeFirst() : lists[key]?.removeLast()
        push(id.map { [$0] } ?? [], target, atLeft: toLeft)
    }

    private mutating func addScored(_ rest: [String], _ key: String, _ position: Int) {
        let options = rest.prefix { ["NX", "XX", "GT", "LT", "CH", "INCR"].contains($0.uppercased()) }
        let pairs = Array(rest.dropFirst(options.count))
        let onlyPresent = options.contains { $0.uppercased() == "XX" }
        ticks.noted(pairs, key, keys, position)
        for place in stride(from: 1, to: pairs.count, by: 2) {
            if key == keys.lease { leases[pairs[place]] = Int64(pairs[place - 1]) }
            if key.hasPrefix(keys.group("")) { groups[key, default: [:]][pairs[place]] = Double(pairs[place - 1]) }
            if !onlyPresent || sets[key]?.contains(pairs[place]) == true { sets[key, default: []].insert(pairs[place]) }
            touch([pairs[place]], in: key)
        }
    }

    private mutating func delete(_ key: String, _ position: Int) {
        if let id = task(key) {
            touched.insert(id)
            hashes[id] = nil
        } else if isLock(key) {
            changeLock(key, to: nil, position)
        } else {
            touch(lists[key] ?? [], in: key)
            touch(sets[key].map(Array.init) ?? [], in: key)
            groups[key] = nil
            lists[key] = nil
            sets[key] = nil
        }
    }

    private mutating func changeLock(_ key: String, to holder: String?, _ position: Int) {
        lockChanges.append(LockChange(position: position, key: key, from: locks[key], to: holder))
        locks[key] = holder
    }

    private mutating func touch(_ ids: [String], in key: String) {
        guard
            key == keys.lease || key == keys.pending || key == keys.active
                || key.hasPrefix(keys.group(""))
                || Self.sortedStates.contains(where: { keys.prefix + $0.rawValue == key })
        else { return }
        touched.formUnion(ids)
    }

    private func task(_ key: String) -> String? {
        key.hasPrefix(keys.taskPrefix) ? String(key.dropFirst(keys.taskPrefix.count)) : nil
    }

    private func isLock(_ key: String) -> Bool { DocumentedKeys.isLock(key, of: keys) }
}
