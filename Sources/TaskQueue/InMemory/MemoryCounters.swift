import Foundation

/// How many tasks of a queue were processed and failed, in all and by day.
struct MemoryCounters: Sendable, Equatable {
    /// One day's numbers.
    struct Day: Sendable, Equatable {
        var processed: Int64 = 0
        var failed: Int64 = 0
        /// When they are forgotten, Unix seconds.
        var end: Int64
    }

    /// Failures included.
    private(set) var processed: Int64 = 0
    private(set) var failed: Int64 = 0
    private(set) var days: [UTCDay: Day] = [:]

    /// Counts a success.
    mutating func countProcessed(at now: Date) {
        change(now) { $0.processed += 1 }
        processed = processed == .max ? 1 : processed + 1
    }

    /// Counts a failure.
    mutating func countFailed(at now: Date) {
        change(now) { ($0.processed, $0.failed) = ($0.processed + 1, $0.failed + 1) }
        if processed == .max {
            (processed, failed) = (1, 1)
        } else {
            processed += 1
            if failed < .max { failed += 1 }
        }
    }

    private mutating func change(_ now: Date, _ body: (inout Day) -> Void) {
        let (day, seconds) = (UTCDay(now), UnixTime.seconds(now))
        if days[day] == nil { days = days.filter { $0.value.end > seconds } }
        body(&days[day, default: Day(end: seconds + RedisBroker.statsSeconds)])
    }
}
