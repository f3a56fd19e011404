import Foundation

/// What a run writes; see ``Broker`` for each.
extension MemoryQueue {
    /// The task of a run if the run still holds it (decision D5).
    func held(by run: TaskRun) -> MemoryTask? {
        let id = ExactText(run.message.id)
        guard let task = tasks[id], let lease = leases.score(of: id), task.encodedMessage == run.encodedMessage else {
            return nil
        }
        // Without an owner a run is of a worker of another make, which no run of ours may hold meanwhile.
        let isHeld = run.owner.map { $0 == task.owner?.token } ?? (task.owner?.lease != lease)
        return isHeld ? task : nil
    }

    /// Changes the task of a run if the run still holds it.
    mutating func change(_ run: TaskRun, _ body: (inout MemoryTask) -> Void) -> OutcomeWrite {
        guard var task = held(by: run) else { return .superseded }
        body(&task)
        tasks[ExactText(run.message.id)] = task
        return .written
    }

    /// Takes a run's task out of its running state; `nil`, and no change, when the run no longer holds it.
    private mutating func release(_ run: TaskRun) -> MemoryTask? {
        let id = ExactText(run.message.id)
        guard var task = held(by: run) else { return nil }
        active.remove(id)
        leases.remove(id)
        tellRoomMade()
        task.deliveries = task.owner?.deliveries ?? task.deliveries
        task.owner = nil
        tasks[id] = task
        tellIfSettled()
        return task
    }

    mutating func done(_ run: TaskRun, handingOverTo next: TaskMessage? = nil, at now: Date) throws -> OutcomeWrite {
        let next = try next.map { try MemoryTask($0, state: .pending) }
        guard release(run) != nil else { return .superseded }
        let id = ExactText(run.message.id)
        tasks[id] = nil
        counters.countProcessed(at: now)
        unlock(run.message.uniqueKey, heldBy: id, at: now)
        if let next { addNext(next, at: now) }
        return .written
    }

    mutating func complete(
        _ run: TaskRun, handingOverTo next: TaskMessage? = nil, at now: Date
    ) throws -> OutcomeWrite {
        var message = run.message
        message.completedAtUnixSeconds = UnixTime.seconds(now)
        let (end, overflow) = message.completedAtUnixSeconds.addingReportingOverflow(message.retentionSeconds)
        let encoded = try message.encoded()
        let next = try next.map { try MemoryTask($0, state: .pending) }
        guard var task = release(run) else { return .superseded }
        let id = ExactText(message.id)
        task.rewrite(message, encoded)
        task.state = .completed
        task.isCancelled = false
        tasks[id] = task
        completed.set(id, to: overflow ? .max : end)
        counters.countProcessed(at: now)
        unlock(message.uniqueKey, heldBy: id, at: now)
        if task.isWaitedFor { events.append(.ended(queue: name, id: id)) }
        if let next {
            addNext(next, at: now)
        } else if let step = StepReference(message) {
            noteSuccess(of: step, at: now)
        }
        return .written
    }

    mutating func retry(
        _ run: TaskRun, at date: Date, error: String, isFailure: Bool, now: Date
    ) throws -> OutcomeWrite {
        var message = Self.failed(run.message, error, at: now)
        if isFailure, message.retried < .max { message.retried += 1 }
        return try waitForRetry(
            run, until: UnixTime.seconds(date), message, try message.encoded(), isFailure: isFailure, at: now)
    }

    /// Puts the task back for a while; neither a retry nor a failure counts.
    mutating func release(_ run: TaskRun, until date: Date, at now: Date) throws -> OutcomeWrite {
        let score = UnixTime.secondsRoundedUp(date)
        return try waitForRetry(run, until: score, run.message, run.encodedMessage, isFailure: false, at: now)
    }

    private mutating func waitForRetry(
        _ run: TaskRun, until score: Int64, _ message: TaskMessage, _ encoded: [UInt8], isFailure: Bool, at now: Date
    ) throws -> OutcomeWrite {
        if held(by: run)?.isCancelled == true { return try archiveCancelled(run, at: now) }
        guard var task = release(run) else { return .superseded }
        let id = ExactText(message.id)
        task.rewrite(message, encoded)
        task.state = .retry
        tasks[id] = task
        retry.set(id, to: score)
        if isFailure { counters.countFailed(at: now) }
        return .written
    }

    mutating func archive(_ run: TaskRun, error: String, at now: Date) throws -> OutcomeWrite {
        if held(by: run)?.isCancelled == true { return try archiveCancelled(run, at: now) }
        return try archive(run, error: error, freesLock: false, at: now)
    }

    private mutating func archiveCancelled(_ run: TaskRun, at now: Date) throws -> OutcomeWrite {
        let write = try archive(run, error: TaskInspector.cancelledText, freesLock: true, at: now)
        return write == .written ? .cancelled : write
    }

    private mutating func archive(
        _ run: TaskRun, error: String, freesLock: Bool, at now: Date
    ) throws -> OutcomeWrite {
        let message = Self.failed(run.message, error, at: now)
        let encoded = try message.encoded()
        guard var task = release(run) else { return .superseded }
        let id = ExactText(message.id)
        task.rewrite(message, encoded)
        tasks[id] = task
        counters.countFailed(at: now)
        archive(id, at: UnixTime.seconds(now))
        if freesLock || task.options.releasesLockOnArchive { unlock(message.uniqueKey, heldBy: id, at: now) }
        if task.isWaitedFor { events.append(.ended(queue: name, id: id)) }
        // Last, since the archive may be so small that this very task goes.
        _ = trimArchive(limit: ArchiveLimits.trimmedByArchiving, at: UnixTime.seconds(now))
        return .written
    }

    /// Gives the task back unharmed, to be taken next.
    mutating func requeue(_ run: TaskRun) -> OutcomeWrite {
        guard var task = release(run) else { return .superseded }
        task.state = .pending
        let id = ExactText(run.message.id)
        tasks[id] = task
        giveBack(id)
        return .written
    }

    /// Gives a dead worker's task back unharmed, and notes the crash.
    mutating func rescue(_ run: TaskRun, at now: Date) -> OutcomeWrite {
        guard requeue(run) == .written else { return .superseded }
        let id = ExactText(run.message.id)
        if let crashes = tasks[id]?.crashes {
            tasks[id]?.crashes = crashes.adding(atUnixSeconds: UnixTime.seconds(now))
        }
        return .written
    }

    /// Deletes a running task that was never started; nothing is counted.
    mutating func drop(_ run: TaskRun, at now: Date) -> OutcomeWrite {
        guard release(run) != nil else { return .superseded }
        let id = ExactText(run.message.id)
        tasks[id] = nil
        unlock(run.message.uniqueKey, heldBy: id, at: now)
        return .written
    }

    static func failed(_ message: TaskMessage, _ error: String, at now: Date) -> TaskMessage {
        var message = message
        message.errorMessage = error
        message.lastFailedAtUnixSeconds = UnixTime.seconds(now)
        return message
    }
}
