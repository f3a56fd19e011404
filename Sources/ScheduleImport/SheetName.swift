import ScheduleModel

/// What a coverage sheet's name says: `Mid Weekday Body 5 - 6 pm` (domain 3.4).
struct SheetName: Equatable {
    let category: ShiftCategory
    let dayType: DayType
    let scenario: Scenario
    let window: ShiftWindow

    /// Reads a name; `nil` when it is no such name.
    init?(_ name: String) {
        var tokens = name.split { $0.isWhitespace }.map { $0.lowercased() }
        switch tokens.first {
        case "mid": category = .mid
        case "on": category = .overnight
        default: return nil
        }
        tokens.removeFirst()
        func take<Value>(_ words: [String: Value]) -> Value? {
            guard let word = tokens.first, let value = words[word] else { return nil }
            tokens.removeFirst()
            return value
        }
        dayType = take(["weekday": .weekday, "weekend": .weekend]) ?? .any
        scenario = take(["body": .body, "neuro": .neuro]) ?? .any
        guard let window = Self.window(tokens.joined()) else { return nil }
        self.window = window
    }

    /// Reads `5-6pm`, `10pm-midnight`, `12am-1am`, `5:30pm-6pm`, with a hyphen, an en dash or an em dash.
    private static func window(_ text: String) -> ShiftWindow? {
        let parts = text.split(omittingEmptySubsequences: false) { "-–—".contains($0) }
        guard parts.count == 2, let end = ClockTime(parts[1]), var start = ClockTime(parts[0]) else { return nil }
        if start.half == nil { start.half = end.half }
        guard let from = start.minutes, var to = end.minutes else { return nil }
        if to <= from { to += 24 * 60 }
        // A window that starts before noon is the morning after the evening that it belongs to.
        let shift = from < 12 * 60 ? 24 * 60 : 0
        return ShiftWindow(startSeconds: (from + shift) * 60, endSeconds: (to + shift) * 60)
    }

    /// One end of a window as written.
    private struct ClockTime {
        enum Half { case am, pm }

        let hour: Int
        let minute: Int
        var half: Half?

        init?(_ text: Substring) {
            if text == "noon" {
                (hour, minute, half) = (12, 0, .pm)
                return
            }
            if text == "midnight" {
                (hour, minute, half) = (12, 0, .am)
                return
            }
            var rest = text
            if rest.hasSuffix("am") { half = .am } else if rest.hasSuffix("pm") { half = .pm }
            if half != nil { rest = rest.dropLast(2) }
            let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), let hour = ListRow.wholeNumber(String(parts[0])),
                let minute = parts.count == 1 ? 0 : ListRow.wholeNumber(String(parts[1])), minute < 60
            else { return nil }
            self.hour = hour
            self.minute = minute
        }

        /// Minutes after midnight; `nil` without am or pm, or for an hour that a clock does not show.
        var minutes: Int? {
            guard let half, (1...12).contains(hour) else { return nil }
            return (hour % 12 + (half == .pm ? 12 : 0)) * 60 + minute
        }
    }
}
