/// Which lane may start a request next, and when: pure decisions, no I/O and no clock.
///
/// Moments are counted from the schedule's beginning. A permit fixes its start when it is given, so waiting for it outside
/// cannot let several start at once.
struct PermitSchedule {
    /// The right to start one request.
    struct Permit: Equatable {
        /// The lane, from 0.
        let lane: Int
        /// When the request may start.
        let start: Duration
    }

    private let policy: RatePolicy
    private var earliestOfLane: [Duration]
    private var busy: Set<Int> = []
    private var earliestOfAll = Duration.zero
    private var openLanes: Int

    init(policy: RatePolicy) {
        self.policy = policy
        earliestOfLane = Array(repeating: .zero, count: policy.lanes)
        openLanes = policy.lanes
    }

    /// A permit of the free lane that may start first, or `nil` when every open lane has a request in flight.
    mutating func permit(now: Duration) -> Permit? {
        let free = (0..<openLanes).filter { !busy.contains($0) }
        guard busy.count < openLanes, let lane = free.min(by: { earliestOfLane[$0] < earliestOfLane[$1] }) else {
            return nil
        }
        let floor = policy.scope == .global ? earliestOfAll : earliestOfLane[lane]
        let start = max(now, floor)
        busy.insert(lane)
        earliestOfLane[lane] = start + policy.interval
        earliestOfAll = start + policy.interval
        return Permit(lane: lane, start: start)
    }

    /// The lane's request has ended.
    mutating func release(_ permit: Permit) { busy.remove(permit.lane) }

    /// The server asked for less: half the lanes from now on, at least one.
    mutating func halveLanes() { openLanes = max(1, openLanes / 2) }
}
