package import Foundation

/// The moments in events: RFC 3339 in UTC with milliseconds, such as `2026-03-06T02:00:00.125Z`.
package enum EventTimestamp {
    /// The text of a moment; what is finer than a millisecond is rounded away.
    package static func text(of date: Date) -> String {
        // Whole milliseconds as a divisor's multiple: formatting 0.125 s less a rounding error would cut to 0.124.
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded()
        let seconds = (milliseconds / 1000).rounded(.down)
        let rest = Int(milliseconds - seconds * 1000)
        let text = Date(timeIntervalSince1970: seconds).formatted(wholeSeconds)
        return "\(text.dropLast()).\(String(1000 + rest).dropFirst())Z"
    }

    /// The moment of an RFC 3339 text with or without fraction and with any offset, `nil` when it is none.
    package static func date(of text: String) -> Date? {
        guard let date = (try? Date(text, strategy: fraction)) ?? (try? Date(text, strategy: wholeSeconds)) else {
            return nil
        }
        return Date(timeIntervalSince1970: (date.timeIntervalSince1970 * 1000).rounded() / 1000)
    }

    private static let wholeSeconds = Date.ISO8601FormatStyle()
    private static let fraction = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}
