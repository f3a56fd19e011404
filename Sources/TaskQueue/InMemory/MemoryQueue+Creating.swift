import Foundation

extension MemoryQueue {
    /// Creates a task; the id is looked at before the lock (W6).
    mutating func create(_ creation: TaskCreation, at now: Date) throws(WireError) -> CreateOutcome {
        let id = ExactText(creation.message.id)
        guard tasks[id] == nil else { return .taskIDConflict }
        let place = Place(creation.placement, message: creation.message, keys: RedisKeys(queue: name.text), now: now)
        var task = try MemoryTask(creation.message, state: place.state)
        if let life = creation.uniqueFor, !creation.message.uniqueKey.isEmpty {
            let key = creation.message.uniqueKey
            guard holder(of: ExactText(key), at: now) == nil else { return .duplicate }
            lock(key, by: id, for: life, placement: creation.placement, at: now)
            if place.state != .aggregating { task.uniqueKey = key }
        }
        task.options = StoredOptions(creation.options.text.map { Array($0.utf8) })
        if !place.group.isEmpty {
            task.group = place.group
            groups.insert(ExactText(place.group))
        }
        add(id, task, at: place.position)
        return .created
    }

    /// Takes a lock, whoever holds it.
    mutating func lock(_ key: String, by id: ExactText, for life: Duration, placement: TaskPlacement, at now: Date) {
        let seconds = RedisBroker.lockSeconds(life, placement: placement, now: now)
        if locks.count >= 64 { locks = locks.filter { $0.value.end > now } }
        locks[ExactText(key)] = Lock(holder: id, end: now + Double(seconds))
    }

    /// Stores a task in its first state; `position` is as in ``Place``.
    mutating func add(_ id: ExactText, _ task: MemoryTask, at position: Int64) {
        tasks[id] = task
        switch task.state {
        case .pending:
            tasks[id]?.pendingSince = position
            push(id)
        case .scheduled: schedule(id, at: position)
        default: members[ExactText(task.group ?? ""), default: MemoryScores()].set(id, to: position)
        }
    }

    /// Stores a pending task unless its id is taken: a step that follows another one.
    mutating func addNext(_ task: MemoryTask, at now: Date) {
        let id = ExactText(task.message.id)
        if tasks[id] == nil { add(id, task, at: UnixTime.nanoseconds(now)) }
    }
}
