import Foundation

/// `timestamptz` as text; the session's time zone is UTC, but any offset is read.
enum PostgresTimestamp {
    private static let microsecondsPerDay = 86_400 * 1_000_000
    /// Postgres's own range ends in the year 294276; what lies outside is sent as it is and refused by the server.
    private static let largestMicroseconds = 9.2e18

    static func append(_ date: Date, to text: inout [UInt8]) {
        let exact = (date.timeIntervalSince1970 * 1_000_000).rounded()
        guard abs(exact) < largestMicroseconds else {
            return text.append(contentsOf: (exact < 0 ? "-infinity" : exact > 0 ? "infinity" : "not a time").utf8)
        }
        let total = Int(exact)
        let days = Int((Double(total) / Double(microsecondsPerDay)).rounded(.down))
        // The division above is rounded; a remainder outside the day moves to the next one.
        var (day, rest) = (days, total - days * microsecondsPerDay)
        if rest < 0 { (day, rest) = (day - 1, rest + microsecondsPerDay) }
        if rest >= microsecondsPerDay { (day, rest) = (day + 1, rest - microsecondsPerDay) }
        let isBC = PostgresDate(daysSince1970: day).appendDigits(to: &text)
        text.append(UInt8(ascii: " "))
        PostgresTime(microseconds: rest).appendPostgresText(to: &text)
        text.append(contentsOf: (isBC ? "+00 BC" : "+00").utf8)
    }

    static func decode(_ text: ArraySlice<UInt8>) -> Date? {
        var reader = DecimalText.Reader(text)
        let isBC = reader.endsWithBC()
        guard let date = reader.date(isBC: isBC), reader.skip(" "), let time = reader.timeMicroseconds(),
            let offset = reader.offsetSeconds(), reader.isAtEnd
        else { return nil }
        let seconds = date.daysSince1970 * 86_400 + time / 1_000_000 - offset
        return Date(timeIntervalSince1970: Double(seconds * 1_000_000 + time % 1_000_000) / 1_000_000)
    }
}
