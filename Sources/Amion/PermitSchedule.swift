/// Which lane may start a request, and when: pure decisions, no I/O and no clock.
///
/// Moments are counted from the schedule's beginning.
struct PermitSchedule {
    /// What an asker is told.
    enum Verdict: Equatable {
        /// The lane, from 0, is the asker's until it is released, and the request starts now.
        case start(lane: Int)
        /// Nothing may start before this moment.
        case wait(until: Duration)
        /// Every open lane has a request in flight.
        case noLane
    }

    private let policy: RatePolicy
    private var earliestOfLane: [Duration]
    private var busy: Set<Int> = []
    private var earliestOfAll = Duration.zero
    private var quietUntil = Duration.zero
    private var openLanes: Int

    init(policy: RatePolicy) {
        self.policy = policy
        earliestOfLane = Array(repeating: .zero, count: policy.lanes)
        openLanes = policy.lanes
    }

    /// Lets a request start in the free lane that may start first, if that is now.
    mutating func ask(now: Duration) -> Verdict {
        let free = (0..<openLanes).filter { !busy.contains($0) }
        guard busy.count < openLanes, let lane = free.min(by: { earliestOfLane[$0] < earliestOfLane[$1] }) else {
            return .noLane
        }
        let earliest = max(quietUntil, policy.scope == .global ? earliestOfAll : earliestOfLane[lane])
        guard earliest <= now else { return .wait(until: earliest) }
        busy.insert(lane)
        earliestOfLane[lane] = now + policy.interval
        earliestOfAll = now + policy.interval
        return .start(lane: lane)
    }

    /// The lane's request has ended.
    mutating func release(lane: Int) { busy.remove(lane) }

    /// The server asked for less: half the lanes from now on, at least one, and no start before a moment.
    mutating func throttle(quietUntil moment: Duration) {
        openLanes = max(1, openLanes / 2)
        quietUntil = max(quietUntil, moment)
    }
}
