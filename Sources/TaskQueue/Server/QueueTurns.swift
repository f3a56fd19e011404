import ConcurrencySupport

/// What a server's attempts to take tasks know of each other: whose turn it is, and which queues need not be asked.
final class QueueTurns: Sendable {
    /// An attempt that is under way.
    struct Attempt: Sendable {
        /// What to ask for.
        let plan: DequeuePlan
        fileprivate let mark: Int
    }

    private let state: LockedValue<(shares: FairShares?, holds: QueueHolds)>

    /// Makes the turns of one server.
    ///
    /// - Parameters:
    ///   - weights: The served queues.
    ///   - isStrict: Whether queues do not share an attempt.
    ///   - pollInterval: How long the server waits at most before it looks by itself.
    init(weights: [String: Int], isStrict: Bool, pollInterval: Duration) {
        state = LockedValue(
            (isStrict ? nil : FairShares(weights: weights), QueueHolds(pollInterval: pollInterval)))
    }

    /// Other queues are served from now on.
    func serve(_ weights: [String: Int]) {
        state.withLock { state in
            state.shares?.serve(weights)
            state.holds.serve(weights)
        }
    }

    /// Those of `queues` that are worth asking at a moment.
    func open(_ queues: [String], at now: ContinuousClock.Instant) -> [String] {
        state.withLock { $0.holds.open(queues, at: now) }
    }

    /// Those of `queues` whose next push is worth waiting for: a held one has tasks already.
    func watchable(_ queues: [String]) -> [String] {
        state.withLock { state in queues.filter { !state.holds.isHeld($0) } }
    }

    /// The first moment after `moment` at which a rate allows a task.
    func nextMoment(after moment: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        state.withLock { $0.holds.nextMoment(after: moment) }
    }

    /// Begins an attempt on open queues; ``note(_:of:)`` follows unless it fails.
    ///
    /// - Parameters:
    ///   - queues: The open ones.
    ///   - rooms: How many tasks each may give here.
    ///   - isOnlyQueue: Whether no other queue is served at all.
    ///   - limit: How many tasks there is room for.
    /// - Returns: The attempt.
    func begin(from queues: [String], rooms: [String: Int], isOnlyQueue: Bool, limit: Int) -> Attempt {
        state.withLock { state in
            Attempt(
                plan: DequeuePlan(
                    from: queues, rooms: rooms, shares: state.shares, isOnlyQueue: isOnlyQueue, limit: limit),
                mark: state.holds.mark)
        }
    }

    /// Ends an attempt.
    func note(_ result: DequeueResult, of attempt: Attempt) {
        let counts = Dictionary(result.tasks.map { ($0.run.message.queue, 1) }, uniquingKeysWith: +)
        state.withLock { state in
            state.shares?.took(counts)
            state.holds.note(result, plan: attempt.plan, since: attempt.mark, at: .now)
        }
    }

    /// Somebody told that a served queue may give tasks; says whether it was held.
    func hear(of queue: String) -> Bool { state.withLock { $0.holds.hear(of: queue) } }
}
