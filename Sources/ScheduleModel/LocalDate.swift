/// A calendar date without a zone, proleptic Gregorian, years 1 to 9999.
package struct LocalDate: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// Days since 1970-01-01.
    package let dayNumber: Int

    /// The date that many days after 1970-01-01.
    package init(dayNumber: Int) {
        self.dayNumber = dayNumber
    }

    /// Makes a date; `nil` when there is no such day.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= Self.daysInMonth(year: year, month: month)
        else { return nil }
        dayNumber = Self.dayNumber(year: year, month: month, day: day)
    }

    /// Reads exactly `YYYY-MM-DD`.
    package init?(_ text: some StringProtocol) {
        self.init(utf8: Array(text.utf8).span)
    }

    /// The bytes of `YYYY-MM-DD`.
    package static let textBytes = 10

    /// Reads exactly `YYYY-MM-DD`.
    package init?(utf8 bytes: Span<UInt8>) {
        guard bytes.count == Self.textBytes, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else {
            return nil
        }
        var digits = InlineArray<3, Int>(repeating: 0)
        for index in 0..<Self.textBytes where index != 4 && index != 7 {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let part = index < 4 ? 0 : index < 7 ? 1 : 2
            digits[part] = digits[part] * 10 + Int(digit)
        }
        self.init(year: digits[0], month: digits[1], day: digits[2])
    }

    /// Reads `YYYY-MM-DD`, or the written date part of an RFC 3339 date-time.
    package init?(dateOrDateTime text: String) {
        guard text.utf8.count == 10 || Self.isTimeOfRFC3339(text.utf8.dropFirst(10)) else { return nil }
        self.init(text.prefix(10))
    }

    /// Whether bytes are the rest of an RFC 3339 date-time: `T`, hours to seconds, perhaps a fraction, and an offset.
    private static func isTimeOfRFC3339(_ bytes: Substring.UTF8View) -> Bool {
        var rest = bytes[...]
        func pass(_ accepted: (UInt8) -> Bool) -> Bool {
            guard let byte = rest.first, accepted(byte) else { return false }
            rest.removeFirst()
            return true
        }
        func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        func passNumber(upTo limit: UInt8) -> Bool {
            guard let tens = rest.first, pass(isDigit), let ones = rest.first, pass(isDigit) else { return false }
            return (tens - UInt8(ascii: "0")) * 10 + (ones - UInt8(ascii: "0")) <= limit
        }
        func pass(_ letter: Character) -> Bool { pass { $0 == letter.asciiValue } }
        guard pass({ "Tt ".utf8.contains($0) }), passNumber(upTo: 23), pass(":"), passNumber(upTo: 59), pass(":"),
            passNumber(upTo: 60)
        else { return false }
        if pass(".") {
            guard pass(isDigit) else { return false }
            while pass(isDigit) {}
        }
        if pass({ "Zz".utf8.contains($0) }) { return rest.isEmpty }
        return pass { "+-".utf8.contains($0) } && passNumber(upTo: 23) && pass(":") && passNumber(upTo: 59)
            && rest.isEmpty
    }

    /// Year, month and day.
    ///
    /// Howard Hinnant's civil-from-days: eras of 400 years that start in March.
    package var components: (year: Int, month: Int, day: Int) {
        let shifted = dayNumber + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// 1 for Monday to 7 for Sunday (ISO 8601).
    package var isoWeekday: Int { ((dayNumber + 3) % 7 + 7) % 7 + 1 }

    /// Whether it is a Saturday or a Sunday; holidays are the hospital's business (``HospitalContext/isWeekend(_:)``).
    package var isSaturdayOrSunday: Bool { isoWeekday >= 6 }

    /// The first day of its month.
    package var firstOfMonth: LocalDate { LocalDate(dayNumber: dayNumber - components.day + 1) }

    /// The last day of its month.
    package var lastOfMonth: LocalDate {
        let (year, month, day) = components
        return LocalDate(dayNumber: dayNumber + Self.daysInMonth(year: year, month: month) - day)
    }

    /// The first day of the month that many months later; truncates to the first before adding, so no month is skipped.
    package func firstOfMonth(addingMonths months: Int) -> LocalDate {
        let (year, month, _) = components
        let index = year * 12 + month - 1 + months
        return LocalDate(dayNumber: Self.dayNumber(year: index / 12, month: index % 12 + 1, day: 1))
    }

    /// The date that many days later.
    package func adding(days: Int) -> LocalDate { LocalDate(dayNumber: dayNumber + days) }

    /// `YYYY-MM`.
    package var monthText: String { String(description.prefix(7)) }

    /// `YYYY-MM-DD`.
    package var description: String {
        let (year, month, day) = components
        func padded(_ number: Int, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let date = LocalDate(dateOrDateTime: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a date YYYY-MM-DD")
        }
        self = date
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package static func < (left: Self, right: Self) -> Bool { left.dayNumber < right.dayNumber }

    private static func daysInMonth(year: Int, month: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func dayNumber(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

/// An inclusive period of dates; never empty.
package struct DateRange: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The first day.
    package let start: LocalDate
    /// The last day, inside the period.
    package let end: LocalDate

    /// Makes a period; `nil` when the end is before the start.
    package init?(_ start: LocalDate, _ end: LocalDate) {
        guard start <= end else { return nil }
        self.start = start
        self.end = end
    }

    /// How many days it has.
    package var dayCount: Int { end.dayNumber - start.dayNumber + 1 }

    /// Its days in order.
    package var dates: some Sequence<LocalDate> & Sendable {
        (start.dayNumber...end.dayNumber).lazy.map { LocalDate(dayNumber: $0) }
    }

    /// The first days of the calendar months that it touches.
    package var months: [LocalDate] {
        var months: [LocalDate] = []
        var month = start.firstOfMonth
        while month <= end {
            months.append(month)
            month = month.firstOfMonth(addingMonths: 1)
        }
        return months
    }

    /// Whether a date is inside.
    package func contains(_ date: LocalDate) -> Bool { date >= start && date <= end }

    /// `YYYY-MM-DD...YYYY-MM-DD`.
    package var description: String { "\(start)...\(end)" }
}
