import Foundation

/// Turns dates into the whole numbers that asynq's keys hold.
enum UnixTime {
    /// Whole seconds, cut off: how asynq writes every moment but ours of scheduled tasks.
    static func seconds(_ date: Date) -> Int64 { clamped(date.timeIntervalSince1970.rounded(.down)) }

    /// Whole seconds, rounded up, so that a task never runs before its moment (spec W19).
    static func secondsRoundedUp(_ date: Date) -> Int64 { clamped(date.timeIntervalSince1970.rounded(.up)) }

    /// Nanoseconds, exact to the microsecond.
    static func nanoseconds(_ date: Date) -> Int64 {
        guard let timestamp = WireTimestamp(date) else { return 0 }
        let (scaled, overflow) = timestamp.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? 0 : scaled + Int64(timestamp.nanoseconds)
    }

    /// Moments beyond the year 9999 count as its end, so that no input overflows a sorted set's score.
    private static func clamped(_ seconds: Double) -> Int64 {
        guard !seconds.isNaN else { return 0 }
        return Int64(min(max(seconds, -62_135_596_800), 253_402_300_799))
    }
}
