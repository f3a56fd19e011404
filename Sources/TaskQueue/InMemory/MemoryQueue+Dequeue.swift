import Foundation

extension MemoryQueue {
    /// What a queue gave.
    struct Delivery: Sendable {
        var tasks: [DequeuedTask] = []
        var hold: QueueHold?
    }

    /// How many tasks the queue's limits let through.
    private struct Allowance {
        var room = Int.max
        var permits = Int.max
        /// When the next task would be due if all came evenly spaced, Unix microseconds; `nil` without a rate.
        var arrival: Double?
    }

    /// Takes the oldest tasks, unless the queue is paused or at a limit.
    ///
    /// - Parameters:
    ///   - most: How many at most.
    ///   - worker: Whose they are.
    ///   - run: The token of this call; each task's run has a number of its own behind it.
    ///   - now: The moment.
    /// - Returns: The tasks, and why no more are given now if more wait.
    mutating func take(_ most: Int, worker: WorkerIdentity, run: String, at now: Date) -> Delivery {
        guard !isPaused else { return Delivery() }
        let allowed = allowance(at: now)
        let ids = pending.take(min(most, allowed.room, allowed.permits))
        var delivery = Delivery()
        for (place, id) in ids.enumerated() {
            if let task = deliver(id, worker: worker, token: "\(run).\(place + 1)", at: now) {
                delivery.tasks.append(task)
            }
        }
        delivery.hold = settle(allowed, given: delivery.tasks.count, at: now)
        return delivery
    }

    private mutating func deliver(
        _ id: ExactText, worker: WorkerIdentity, token: String, at now: Date
    ) -> DequeuedTask? {
        guard var task = tasks[id] else { return nil }
        let seconds = UnixTime.seconds(now)
        let lease = seconds + RedisBroker.leaseSeconds
        let owner = MemoryTask.Owner(
            token: token, workerID: worker.id, lease: lease, deliveries: task.deliveries + 1)
        task.state = .active
        task.pendingSince = nil
        task.owner = owner
        tasks[id] = task
        active.append(id)
        leases.set(id, to: lease)
        return DequeuedTask(
            run: TaskRun(message: task.message, encodedMessage: task.encodedMessage, owner: owner.token),
            leaseExpiresAt: Date(timeIntervalSince1970: Double(lease)), deliveries: owner.deliveries,
            crashes: task.crashes.count(atUnixSeconds: seconds), options: task.options)
    }

    // MARK: Limits

    private static func gap(_ rate: RateLimit) -> Double { Double(rate.span.milliseconds) * 1000 / Double(rate.tasks) }

    private mutating func allowance(at now: Date) -> Allowance {
        var allowed = Allowance()
        if let most = limits.concurrency {
            allowed.room = max(0, most - (leases.count - leases.count(upTo: UnixTime.seconds(now))))
        }
        if let rate = limits.rate {
            let (moment, gap) = (Self.microseconds(now), Self.gap(rate))
            // A clock that was set back, or a rate that was slower before, must not hold the queue for longer.
            rateArrival = min(rateArrival, (moment + Double(rate.burst) * gap).rounded(.up))
            let arrival = max(moment, rateArrival)
            allowed.arrival = arrival
            allowed.permits = max(0, Int(((moment - arrival) / gap + Double(rate.burst)).rounded(.down)))
        }
        return allowed
    }

    private mutating func settle(_ allowed: Allowance, given count: Int, at now: Date) -> QueueHold? {
        var allowed = allowed
        if let rate = limits.rate, let arrival = allowed.arrival, count > 0 {
            rateArrival = (arrival + Double(count) * Self.gap(rate)).rounded(.up)
            allowed.arrival = rateArrival
        }
        if pending.isEmpty { return nil }
        if allowed.room <= count { return .full }
        guard let rate = limits.rate, let arrival = allowed.arrival, allowed.permits <= count else { return nil }
        let wait = (arrival - Self.microseconds(now) - Double(rate.burst - 1) * Self.gap(rate)).rounded(.up)
        let longest = Double(RateLimit.longestMilliseconds) * 1000
        return .rated(.microseconds(Int64(max(1, min(wait, longest)))))
    }

    private static func microseconds(_ date: Date) -> Double { (date.timeIntervalSince1970 * 1_000_000).rounded(.down) }

    /// Tells workers that were held back that the queue may give tasks again, after a run has ended.
    mutating func tellRoomMade() {
        guard let limit = limits.concurrency, leases.count + 1 >= limit, !pending.isEmpty else { return }
        events.append(.roomMade(queue: name))
    }
}
