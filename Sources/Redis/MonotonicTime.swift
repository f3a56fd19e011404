import Dispatch

/// A moment on the monotonic clock, in nanoseconds; cheaper to take and compare than a `ContinuousClock.Instant`.
struct MonotonicTime: Sendable, Comparable {
    private let nanoseconds: UInt64

    /// This moment.
    static var now: MonotonicTime { MonotonicTime(nanoseconds: DispatchTime.now().uptimeNanoseconds) }

    /// The moment `duration` later; a negative span counts as none, one above a year as a year.
    func advanced(by duration: Duration) -> MonotonicTime {
        let span = min(max(duration, .zero), Self.longest)
        let (seconds, attoseconds) = span.components
        return MonotonicTime(
            nanoseconds: nanoseconds + UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000))
    }

    /// The same moment for Dispatch.
    var dispatchTime: DispatchTime { DispatchTime(uptimeNanoseconds: nanoseconds) }

    static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Keeps the sum inside 64 bits.
    private static let longest = Duration.seconds(365 * 24 * 3600)
}
