import Foundation

/// Text as Go writes it, for what Go's tools read back.
enum GoText {
    /// A string in Go's quotes, as `%q` writes it.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars { result += escaped(scalar) }
        return result + "\""
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"": return "\\\""
        case "\\": return "\\\\"
        case "\u{07}": return "\\a"
        case "\u{08}": return "\\b"
        case "\u{0C}": return "\\f"
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\u{0B}": return "\\v"
        default: break
        }
        if isPrintable(scalar) { return String(scalar) }
        switch scalar.value {
        case ..<0x80: return "\\x" + hex(scalar, digits: 2)
        case ..<0x10000: return "\\u" + hex(scalar, digits: 4)
        default: return "\\U" + hex(scalar, digits: 8)
        }
    }

    /// Letters, marks, numbers, punctuation, symbols and the ASCII space, as Go's `unicode.IsPrint` has it.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }

    private static func hex(_ scalar: Unicode.Scalar, digits: Int) -> String {
        let text = String(scalar.value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// Strings as a JSON array, escaped as Go's `encoding/json` does, `<`, `>` and `&` included.
    static func json(_ strings: [String]) -> String {
        "[" + strings.map { "\"" + $0.unicodeScalars.map(jsonEscaped).joined() + "\"" }.joined(separator: ",") + "]"
    }

    private static func jsonEscaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"": "\\\""
        case "\\": "\\\\"
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        case "\u{08}": "\\b"
        case "\u{0C}": "\\f"
        case "\u{0}"..."\u{1F}", "<", ">", "&", "\u{2028}", "\u{2029}": "\\u" + hex(scalar, digits: 4)
        default: String(scalar)
        }
    }

    /// A moment in UTC in the form of Go's `time.UnixDate`, such as `Tue Nov  3 07:05:09 UTC 2026`.
    static func unixDate(_ date: Date) -> String {
        let seconds = UnixTime.seconds(date)
        let day = CivilDay(number: seconds.dividedRoundingDown(by: 86_400))
        let second = Int(seconds - day.number * 86_400)
        let clock = [second / 3600, second / 60 % 60, second % 60].map { padded($0, with: "0") }.joined(separator: ":")
        return
            "\(weekdays[day.weekday]) \(months[day.month - 1]) \(padded(day.day, with: " ")) \(clock) UTC \(day.year)"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func padded(_ number: Int, with filler: String) -> String {
        number < 10 ? filler + "\(number)" : "\(number)"
    }
}
