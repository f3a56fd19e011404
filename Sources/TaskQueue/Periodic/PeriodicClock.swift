package import Foundation

/// What the time is and how to wait for a moment; tests bring one that they turn.
package struct PeriodicClock: Sendable {
    /// The time.
    package let now: @Sendable () -> Date
    /// Waits until a moment, and throws when the waiting task is cancelled.
    package let sleep: @Sendable (_ until: Date) async throws -> Void

    /// How long one nap of the system's clock is at most, so that a wall clock that was set is noticed: 30 s.
    private static let longestNap = Duration.seconds(30)

    /// Makes a clock.
    package init(
        now: @escaping @Sendable () -> Date, sleep: @escaping @Sendable (_ until: Date) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The system's wall clock.
    package static let system = PeriodicClock(
        now: { Date() },
        sleep: { moment in
            while true {
                let left = moment.timeIntervalSinceNow
                guard left > 0 else { return }
                try await Task.sleep(for: min(.seconds(left), longestNap))
            }
        })
}
