import Foundation
import ScheduleModel

/// Reads the texts of dates and times as schedule pages write them (domain 5.2).
enum FieldText {
    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    /// Twelve o’clock, in seconds since midnight.
    static let noon = 43_200

    /// Years of two digits are nobody's date: read as written they would be of another month and be dropped unseen.
    private static let firstYear = 1000

    /// Reads `2026-03-02`, `11/15/2025` and `15-Nov-2025`.
    static func date(_ text: String) -> LocalDate? {
        if let date = LocalDate(text) { return date }
        let slashed = text.split(separator: "/", omittingEmptySubsequences: false).map { number($0) }
        if slashed.count == 3, let month = slashed[0], let day = slashed[1], let year = slashed[2],
            year >= firstYear
        {
            return LocalDate(year: year, month: month, day: day)
        }
        let dashed = text.split(separator: "-", omittingEmptySubsequences: false)
        guard dashed.count == 3, let day = number(dashed[0]), let year = number(dashed[2]), year >= firstYear,
            let month = months.firstIndex(of: dashed[1].lowercased())
        else { return nil }
        return LocalDate(year: year, month: month + 1, day: day)
    }

    /// Reads `17:00`, `7:00`, `7:00 AM` and `7 pm`.
    static func time(_ text: String) -> LocalTime? {
        var rest = text.lowercased().filter { !$0.isWhitespace }
        var isAfternoon: Bool?
        if rest.hasSuffix("am") { isAfternoon = false } else if rest.hasSuffix("pm") { isAfternoon = true }
        if isAfternoon != nil { rest.removeLast(2) }
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.count == 2 || isAfternoon != nil, var hour = number(parts[0]),
            let minute = parts.count == 2 ? number(parts[1]) : 0
        else { return nil }
        if let isAfternoon {
            guard (1...12).contains(hour) else { return nil }
            hour = hour % 12 + (isAfternoon ? 12 : 0)
        }
        if hour == 24, minute == 0 { hour = 0 }
        return LocalTime(hour: hour, minute: minute)
    }

    /// A block from two times: an end at or before the start is the next day, equal times are 24 hours.
    static func window(start: LocalTime, end: LocalTime, startDayOffset: Int) -> ShiftWindow? {
        let from = start.secondsSinceMidnight + startDayOffset * 86_400
        var to = end.secondsSinceMidnight + startDayOffset * 86_400
        if to <= from { to += 86_400 }
        return ShiftWindow(startSeconds: from, endSeconds: to)
    }

    /// The names of a cell, parted by semicolons and line breaks.
    static func names(_ text: String) -> [String] {
        text.split { $0 == ";" || $0.isNewline }.map { NameKey.collapsed($0) }.filter { !$0.isEmpty }
    }

    /// A string of at most nine digits as a number.
    static func number(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 9, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }
}
