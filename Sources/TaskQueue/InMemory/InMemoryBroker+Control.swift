import Foundation

/// What tests do by hand; the same as ``TaskInspector``'s, by its names.
extension InMemoryBroker {
    /// Has all servers take no more tasks from a queue; one that is paused stays so.
    public func pause(_ queue: String) { change(in: queue) { queue, _ in queue.isPaused = true } }

    /// Has servers take tasks from a paused queue again.
    public func unpause(_ queue: String) {
        change(in: queue) { queue, _ in
            queue.isPaused = false
            if !queue.pending.isEmpty { queue.events.append(.roomMade(queue: queue.name)) }
        }
    }

    /// Sets what the whole fleet may do with a queue, in place of what was set before.
    ///
    /// - Parameters:
    ///   - limits: The limits; an empty ``QueueLimits`` lifts them.
    ///   - queue: The queue's name.
    /// - Precondition: Limits that ``TaskInspector`` would accept.
    public func setLimits(_ limits: QueueLimits, of queue: String) {
        precondition(
            limits.concurrency.map { (1...QueueLimits.largestConcurrency).contains($0) } ?? true,
            "a concurrency limit is 1 at least")
        precondition(limits.rate?.fault == nil, "a rate limit's numbers are out of their range")
        change(in: queue) { queue, _ in
            queue.limits = limits
            queue.events.append(.roomMade(queue: queue.name))
        }
    }

    /// Sets how many archived tasks a queue keeps, and for how long.
    ///
    /// - Parameters:
    ///   - limits: The limits; ``ArchiveLimits/standard`` is what holds unless told.
    ///   - queue: The queue's name.
    /// - Precondition: Limits that ``TaskInspector`` would accept.
    public func setArchiveLimits(_ limits: ArchiveLimits, of queue: String) {
        precondition(limits.fault == nil, "an archive limit is out of its range")
        change(in: queue) { queue, _ in
            (queue.archiveCount, queue.archiveSeconds) = (limits.count, limits.age.secondsRoundedUp)
        }
    }

    /// Cancels a task for good, as ``TaskInspector/cancel(_:in:)`` does.
    ///
    /// - Parameters:
    ///   - id: The task's id.
    ///   - queue: The queue's name.
    /// - Returns: Whether it was archived, or its worker was asked to end it.
    /// - Throws: ``InspectorError`` with `taskNotFound`, or `wrongState` for a task that is archived or completed already, or
    ///   whose group is being joined.
    @discardableResult
    public func cancel(_ id: String, in queue: String = "default") throws -> TaskInspector.CancelOutcome {
        try change(in: queue) { try $0.cancel(ExactText(id), at: $1) }
    }
}

extension MemoryQueue {
    fileprivate mutating func cancel(_ id: ExactText, at now: Date) throws -> TaskInspector.CancelOutcome {
        guard let task = tasks[id] else {
            throw InspectorError(.taskNotFound, "task not found: \"\(id.text)\" in queue \"\(name.text)\"")
        }
        if task.state == .active {
            tasks[id]?.isCancelled = true
            events.append(.cancelRequested(CancelRequest(queue: name.text, id: id.text)))
            return .requested
        }
        guard task.state != .archived, task.state != .completed else {
            throw TaskInspector.refused("cancelled", id.text, name.text, because: "it is \(task.state.rawValue)")
        }
        let message = Self.failed(task.message, TaskInspector.cancelledText, at: now)
        let encoded = try message.encoded()
        guard detach(id, task) else {
            trimArchive(at: now)
            throw TaskInspector.refused("cancelled", id.text, name.text, because: "its group is being joined just now")
        }
        tasks[id]?.rewrite(message, encoded)
        tasks[id]?.pendingSince = nil
        archive(id, at: UnixTime.seconds(now))
        unlock(message.uniqueKey, heldBy: id, at: now)
        tellIfSettled()
        trimArchive(at: now)
        return .archived
    }

    /// Takes a waiting task out of where it waits, and says whether it was there.
    private mutating func detach(_ id: ExactText, _ task: MemoryTask) -> Bool {
        switch task.state {
        case .pending: return pending.remove(id)
        case .scheduled: return scheduled.remove(id)
        case .retry: return retry.remove(id)
        case .aggregating:
            let group = ExactText(task.group ?? "")
            let wasThere = members[group]?.remove(id) ?? false
            // A group that only a scheduled task has listed goes too; forwarding lists it again.
            if members[group]?.isEmpty ?? true {
                members[group] = nil
                groups.remove(group)
            }
            return wasThere
        case .active, .archived, .completed: return false
        }
    }
}
