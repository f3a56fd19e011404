/// Which queues have tasks that they may not give now, and when each is asked again.
///
/// Pure. A full queue is asked again when somebody tells of room; because a Go worker does not tell, and a message may be
/// lost, it is looked at from time to time too. A rated one is asked at its moment, and no later than such a look.
struct QueueHolds: Sendable {
    /// How many full queues one attempt looks at again; with more they take turns, so that thousands cost no more.
    static let mostLooks = 64

    private struct Held {
        /// When it is asked again.
        var until: ContinuousClock.Instant
        /// Whether the store named the moment, and not the next look.
        var isExact: Bool
    }

    /// Half of the longest pause between two looks of an idle server, so that each finds all that were held at the last.
    private let fullTime: Duration
    private let longest: Duration
    private var held: [String: Held] = [:]
    /// What was heard so far, by number.
    private var heardCount = 0
    /// The last that was heard of each queue.
    private var heard: [String: Int] = [:]

    /// Holds nothing.
    ///
    /// - Parameter pollInterval: How long an idle server waits at most before it looks by itself; half of it at least.
    init(pollInterval: Duration) {
        fullTime = pollInterval / 2
        longest = pollInterval
    }

    /// What is to be given to ``note(_:plan:since:at:)`` after an attempt that begins now.
    var mark: Int { heardCount }

    /// Whether a queue's tasks are no reason to look.
    func isHeld(_ queue: String) -> Bool { held[queue] != nil }

    /// Those of `queues` that are worth asking.
    func open(_ queues: [String], at now: ContinuousClock.Instant) -> [String] {
        guard !held.isEmpty else { return queues }
        var looks = queues.filter { held[$0].map { !$0.isExact && $0.until <= now } ?? false }
        if looks.count > Self.mostLooks {
            looks.sort { (held[$0]?.until ?? now) < (held[$1]?.until ?? now) }
            looks.removeLast(looks.count - Self.mostLooks)
        }
        let due = Set(looks)
        return queues.filter { queue in
            guard let entry = held[queue] else { return true }
            return entry.isExact ? entry.until <= now : due.contains(queue)
        }
    }

    /// The first moment that the store named, of those after `moment`.
    func nextMoment(after moment: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        held.values.lazy.filter { $0.isExact && $0.until > moment }.map(\.until).min()
    }

    /// An attempt is over.
    ///
    /// - Parameters:
    ///   - result: What it brought.
    ///   - plan: What it asked for.
    ///   - mark: The ``mark`` of its beginning; what was heard since is newer than the result.
    ///   - now: The moment from which the times in the result count.
    mutating func note(
        _ result: DequeueResult, plan: DequeuePlan, since mark: Int, at now: ContinuousClock.Instant
    ) {
        if !held.isEmpty {
            // One that filled up may not have asked the last queues.
            let hasAskedAll = result.tasks.count < plan.limit
            let fruitful = Set(result.tasks.map(\.run.message.queue))
            for queue in plan.queues where hasAskedAll || fruitful.contains(queue) { held[queue] = nil }
        }
        for (queue, hold) in result.holds where heard[queue, default: 0] <= mark {
            switch hold {
            case .full: held[queue] = Held(until: now + fullTime, isExact: false)
            case .rated(let wait): held[queue] = Held(until: now + min(wait, longest), isExact: true)
            }
        }
    }

    /// Somebody told that a queue may give tasks.
    ///
    /// - Parameter queue: A queue that is served.
    /// - Returns: Whether it was held.
    mutating func hear(of queue: String) -> Bool {
        heardCount += 1
        heard[queue] = heardCount
        return held.removeValue(forKey: queue) != nil
    }

    /// Other queues are served from now on.
    mutating func serve(_ queues: [String: Int]) {
        held = held.filter { queues[$0.key] != nil }
        heard = heard.filter { queues[$0.key] != nil }
    }
}
