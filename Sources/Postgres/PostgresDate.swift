/// A calendar date without a time zone: Postgres's `date`.
package struct PostgresDate: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The astronomical year: 0 is 1 BC.
    package let year: Int
    /// 1…12.
    package let month: Int
    /// 1…31.
    package let day: Int

    /// Makes a date, or `nil` when the proleptic Gregorian calendar has no such day.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), (1...31).contains(day), (-4712...5_874_897).contains(year) else { return nil }
        self.init(unchecked: (year, month, day))
        guard Self(daysSince1970: daysSince1970) == self else { return nil }
    }

    /// The date that lies this many days after 1970-01-01.
    package init(daysSince1970: Int) {
        // The civil calendar counted in eras of 400 years that start on 1 March.
        let shifted = daysSince1970 + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        self.init(unchecked: (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day))
    }

    private init(unchecked date: (year: Int, month: Int, day: Int)) {
        (year, month, day) = date
    }

    /// Days after 1970-01-01, negative before it.
    package var daysSince1970: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    /// `YYYY-MM-DD`, with ` BC` after years before 1.
    package var description: String {
        var text: [UInt8] = []
        appendPostgresText(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The date without its era, and whether the era is BC.
    func appendDigits(to text: inout [UInt8]) -> Bool {
        DecimalText.append(year > 0 ? year : 1 - year, width: 4, to: &text)
        text.append(UInt8(ascii: "-"))
        DecimalText.append(month, width: 2, to: &text)
        text.append(UInt8(ascii: "-"))
        DecimalText.append(day, width: 2, to: &text)
        return year <= 0
    }
}

extension PostgresDate: PostgresEncodable, PostgresDecodable {
    package static var postgresType: PostgresType { .date }

    package static func canDecode(_ oid: UInt32) -> Bool { oid == PostgresType.date.oid }

    package func appendPostgresText(to text: inout [UInt8]) {
        if appendDigits(to: &text) { text.append(contentsOf: " BC".utf8) }
    }

    package init?(postgresText text: ArraySlice<UInt8>) {
        var reader = DecimalText.Reader(text)
        guard let date = reader.date(isBC: reader.endsWithBC()), reader.isAtEnd else { return nil }
        self = date
    }
}
