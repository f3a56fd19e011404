import HTTP
import ScheduleModel

import struct Foundation.Date

/// How long a server asks to be left alone: `Retry-After` (RFC 9110, section 10.2.3).
enum RetryAfter {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Reads the field, which holds seconds or a date.
    ///
    /// - Parameters:
    ///   - headers: Of the answer; a date is counted from the answer's own `Date`, so that the clocks need not agree.
    ///   - now: What a date is counted from when the answer has no `Date`.
    /// - Returns: The span, zero for a date that is past; `nil` when the field is absent or unreadable.
    static func span(_ headers: HTTPHeaders, now: Date) -> Duration? {
        guard let text = headers["Retry-After"]?.trimmed, !text.isEmpty else { return nil }
        if text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return .seconds(Int32(text) ?? .max)
        }
        guard let moment = moment(text) else { return nil }
        let asked = headers["Date"].flatMap { Self.moment($0.trimmed) } ?? Int(now.timeIntervalSince1970)
        return .seconds(max(0, moment - asked))
    }

    /// Reads the three forms of a date (RFC 9110, section 5.6.7) as Unix seconds.
    ///
    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
    static func moment(_ text: String) -> Int? {
        var words = text.split { $0 == " " || $0 == "," || $0 == "-" }
        guard words.count == 5 || words.count == 6 && words[5] == "GMT" else { return nil }
        if words.count == 5 { words = [words[0], words[2], words[1], words[4], words[3]] }
        let time = words[4].split(separator: ":", omittingEmptySubsequences: false).map { FieldText.number($0) }
        guard let day = FieldText.number(words[1]), let month = months.firstIndex(of: String(words[2])),
            var year = FieldText.number(words[3]), time.count == 3, let hour = time[0], let minute = time[1],
            let second = time[2], hour < 24, minute < 60, second <= 60
        else { return nil }
        // A year of two digits is of the hundred years around now, which for a wish to be left alone is this century.
        if words[3].count == 2 { year += 2000 }
        guard let date = LocalDate(year: year, month: month + 1, day: day) else { return nil }
        return date.dayNumber * 86_400 + hour * 3600 + minute * 60 + second
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
