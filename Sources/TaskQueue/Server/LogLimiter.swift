import ConcurrencySupport

/// Lets one line of a kind through in a while, so that an outage does not fill the log.
final class LogLimiter: Sendable {
    private let interval: Duration
    private let last = LockedValue<ContinuousClock.Instant?>(nil)

    /// Makes a limiter; asynq's 3 s between two lines unless told.
    init(interval: Duration = .seconds(3)) {
        self.interval = interval
    }

    /// Runs `body`, which logs, unless it ran less than the interval ago.
    func run(_ body: () -> Void) {
        let now = ContinuousClock.now
        let isAllowed = last.withLock { last in
            if let last, now - last < interval { return false }
            last = now
            return true
        }
        if isAllowed { body() }
    }
}
