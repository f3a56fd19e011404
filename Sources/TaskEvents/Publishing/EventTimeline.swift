package import Foundation

/// Where publishing gets its time from: a clock for waits and a wall clock for what events say.
package struct EventTimeline: Sendable {
    /// The time since the timeline was made.
    let now: @Sendable () -> Duration
    /// Waits that long; throws when cancelled.
    let sleep: @Sendable (Duration) async throws -> Void
    /// The wall clock.
    let date: @Sendable () -> Date

    /// Makes a timeline that starts now.
    ///
    /// - Parameters:
    ///   - clock: What waits are measured by.
    ///   - date: The wall clock; the system's unless told.
    package init<C: Clock>(_ clock: C, date: @escaping @Sendable () -> Date = { Date() }) where C.Duration == Duration {
        let origin = clock.now
        now = { origin.duration(to: clock.now) }
        sleep = { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) }
        self.date = date
    }

    /// The system's monotonic clock and wall clock.
    package static var system: EventTimeline { EventTimeline(ContinuousClock()) }
}
