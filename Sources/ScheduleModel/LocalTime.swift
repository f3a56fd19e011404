/// A time of day without a zone.
package struct LocalTime: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// Seconds since midnight, 0 to 86,399.
    package let secondsSinceMidnight: Int

    /// Makes a time; `nil` outside a day.
    package init?(hour: Int, minute: Int = 0, second: Int = 0) {
        guard (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second) else { return nil }
        secondsSinceMidnight = hour * 3600 + minute * 60 + second
    }

    /// The time that many seconds after midnight, taken modulo a day.
    package init(secondsSinceMidnight seconds: Int) {
        secondsSinceMidnight = (seconds % 86_400 + 86_400) % 86_400
    }

    /// 00:00.
    package static let midnight = LocalTime(secondsSinceMidnight: 0)

    /// `HH:MM`, or `HH:MM:SS` when there are seconds.
    package var description: String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (hour, minute) = (secondsSinceMidnight / 3600, secondsSinceMidnight / 60 % 60)
        let second = secondsSinceMidnight % 60
        return second == 0 ? "\(two(hour)):\(two(minute))" : "\(two(hour)):\(two(minute)):\(two(second))"
    }

    package static func < (left: Self, right: Self) -> Bool { left.secondsSinceMidnight < right.secondsSinceMidnight }
}

/// A block of local time that belongs to one schedule date: the evening's, also when it starts after midnight.
package struct ShiftWindow: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Seconds from 00:00 of the schedule date to the start, by the wall clock; 86,400 and more is the next morning.
    package let startSeconds: Int
    /// Seconds from 00:00 of the schedule date to the end, by the wall clock; 24:00 is 86,400.
    package let endSeconds: Int

    /// Makes a block from offsets by the wall clock; `nil` unless it ends after it starts.
    package init?(startSeconds: Int, endSeconds: Int) {
        guard startSeconds >= 0, endSeconds > startSeconds else { return nil }
        self.startSeconds = startSeconds
        self.endSeconds = endSeconds
    }

    /// Makes a block from the stored form; `nil` unless it ends after it starts.
    package init?(start: LocalTime, startDayOffset: Int, end: LocalTime, endDayOffset: Int) {
        self.init(
            startSeconds: start.secondsSinceMidnight + startDayOffset * 86_400,
            endSeconds: end.secondsSinceMidnight + endDayOffset * 86_400)
    }

    /// The start's time of day.
    package var start: LocalTime { LocalTime(secondsSinceMidnight: startSeconds) }
    /// The end's time of day.
    package var end: LocalTime { LocalTime(secondsSinceMidnight: endSeconds) }
    /// Days from the schedule date to the start.
    package var startDayOffset: Int { startSeconds / 86_400 }
    /// Days from the schedule date to the end.
    package var endDayOffset: Int { endSeconds / 86_400 }

    /// The part that two blocks share.
    package func intersection(_ other: ShiftWindow) -> ShiftWindow? {
        ShiftWindow(
            startSeconds: max(startSeconds, other.startSeconds), endSeconds: min(endSeconds, other.endSeconds))
    }

    /// The smallest block that holds both.
    package func union(_ other: ShiftWindow) -> ShiftWindow {
        ShiftWindow(startSeconds: min(startSeconds, other.startSeconds), endSeconds: max(endSeconds, other.endSeconds))
            ?? self
    }

    /// Such as `17:00–00:00+1`.
    package var description: String {
        func text(_ time: LocalTime, _ offset: Int) -> String { offset == 0 ? "\(time)" : "\(time)+\(offset)" }
        return "\(text(start, startDayOffset))–\(text(end, endDayOffset))"
    }
}
