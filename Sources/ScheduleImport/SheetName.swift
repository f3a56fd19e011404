import ScheduleModel

/// What a coverage sheet's name says: `Mid Weekday Body 5 - 6 pm` (domain 3.4).
struct SheetName: Equatable {
    let category: ShiftCategory
    let dayType: DayType
    let scenario: Scenario
    let window: ShiftWindow

    /// What a name must be, in words for a message.
    static let expectation =
        "Mid or ON, Weekday or Weekend or neither, Body or Neuro or neither, and a window such as 5 - 6 pm"
    /// The most characters of a name: what a rule can be stored with.
    static let longest = 255

    /// Reads a name; `nil` when it is no such name.
    init?(_ name: String) {
        guard name.unicodeScalars.count <= Self.longest else { return nil }
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
        // Only am and pm are lent: 10 - midnight is no ten in the morning, and is not guessed at.
        if start.half == nil, !end.isNamed { start.half = end.half }
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
        /// Whether it is noon or midnight.
        let isNamed: Bool

        init?(_ text: Substring) {
            isNamed = text == "noon" || text == "midnight"
            if isNamed {
                (hour, minute, half) = (12, 0, text == "noon" ? .pm : .am)
                return
            }
            var rest = text
            if rest.hasSuffix("am") { half = .am } else if rest.hasSuffix("pm") { half = .pm }
            if half != nil { rest = rest.dropLast(2) }
            let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), parts[0].count <= 2, let hour = ListRow.wholeNumber(parts[0]),
                parts.count == 1 || parts[1].count == 2,
                let minute = parts.count == 1 ? 0 : ListRow.wholeNumber(parts[1]), minute < 60
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
