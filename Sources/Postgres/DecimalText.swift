/// Digits of dates and times.
enum DecimalText {
    /// Appends a number of 0 or more with leading zeros.
    static func append(_ number: Int, width: Int, to text: inout [UInt8]) {
        appendDigits(UInt64(number.magnitude), atLeast: width, to: &text)
    }

    /// Appends an integer as it is.
    static func append(_ number: some FixedWidthInteger, to text: inout [UInt8]) {
        if number < 0 { text.append(UInt8(ascii: "-")) }
        appendDigits(UInt64(number.magnitude), atLeast: 1, to: &text)
    }

    private static func appendDigits(_ number: UInt64, atLeast width: Int, to text: inout [UInt8]) {
        if number >= 10 || width > 1 { appendDigits(number / 10, atLeast: width - 1, to: &text) }
        text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }

    /// Reads dates and times as Postgres writes them with `DateStyle = ISO`.
    struct Reader {
        /// A fraction has this many digits: Postgres keeps microseconds.
        private static let fractionDigits = 6

        private var rest: ArraySlice<UInt8>

        init(_ text: ArraySlice<UInt8>) {
            rest = text
        }

        var isAtEnd: Bool { rest.isEmpty }

        /// Takes a trailing ` BC` away and says whether it was there.
        mutating func endsWithBC() -> Bool {
            let mark = " BC".utf8
            guard rest.suffix(mark.count).elementsEqual(mark) else { return false }
            rest = rest.dropLast(mark.count)
            return true
        }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest = rest.dropFirst()
            return true
        }

        /// One or more digits, nine at most.
        mutating func number() -> Int? {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard (1...9).contains(digits.count) else { return nil }
            rest = rest.dropFirst(digits.count)
            return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }

        /// `YYYY-MM-DD`.
        mutating func date(isBC: Bool) -> PostgresDate? {
            guard let year = number(), skip("-"), let month = number(), skip("-"), let day = number() else {
                return nil
            }
            return PostgresDate(year: isBC ? 1 - year : year, month: month, day: day)
        }

        /// `HH:MM:SS` with up to six digits of a second, in microseconds since midnight.
        mutating func timeMicroseconds() -> Int? {
            guard let hour = number(), skip(":"), let minute = number(), skip(":"), let second = number(), hour <= 24,
                minute < 60, second <= 60
            else { return nil }
            var fraction = 0
            if skip(".") {
                let before = rest.count
                guard let digits = number() else { return nil }
                let count = before - rest.count
                guard count <= Self.fractionDigits else { return nil }
                fraction = (count..<Self.fractionDigits).reduce(digits) { value, _ in value * 10 }
            }
            return ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
        }

        /// `+HH`, `-HH:MM` or `+HH:MM:SS`, in seconds east of Greenwich.
        mutating func offsetSeconds() -> Int? {
            let sign: Int
            if skip("+") {
                sign = 1
            } else if skip("-") {
                sign = -1
            } else {
                return nil
            }
            guard let hours = number() else { return nil }
            var seconds = hours * 3600
            for unit in [60, 1] where skip(":") {
                guard let part = number() else { return nil }
                seconds += part * unit
            }
            return sign * seconds
        }
    }
}
