package import ScheduleModel

/// How politely to ask (domain 5.6): so many requests in flight, each start a while after the last.
package struct RatePolicy: Sendable, Hashable, CustomStringConvertible {
    /// What the interval is kept between.
    package enum Scope: String, Sendable, Hashable {
        /// Starts of one lane.
        case perLane
        /// All starts.
        case global
    }

    /// Requests in flight at most, 1 or more.
    package let lanes: Int
    /// The least time from start to start.
    package let interval: Duration
    /// What the interval is kept between.
    package let scope: Scope

    /// Makes a policy; the defaults are the domain's: five lanes, one second, per lane.
    package init(lanes: Int = 5, interval: Duration = .seconds(1), scope: Scope = .perLane) {
        self.lanes = max(1, lanes)
        self.interval = max(.zero, interval)
        self.scope = scope
    }

    /// A hospital's policy, with the scope of one run when that is asked for.
    package init(_ settings: RatePolicySettings?, scope: String? = nil) {
        self.init(
            lanes: settings?.lanes ?? 5, interval: .milliseconds(settings?.intervalMilliseconds ?? 1000),
            scope: (scope ?? settings?.scope).flatMap(Scope.init) ?? .perLane)
    }

    /// The name that is stored with a batch, such as `perLane:5:1000ms`.
    package var description: String {
        let (seconds, attoseconds) = interval.components
        return "\(scope.rawValue):\(lanes):\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms"
    }
}
