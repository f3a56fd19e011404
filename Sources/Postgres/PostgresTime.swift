/// A time of day without a date or zone: Postgres's `time`, from 00:00:00 to 24:00:00.
package struct PostgresTime: Hashable, Comparable, Sendable {
    /// Microseconds since midnight, 0…86,400,000,000.
    package let microseconds: Int

    /// A time so many seconds after midnight, 0…86,400.
    ///
    /// - Returns: `nil` outside the day.
    package init?(secondsSinceMidnight seconds: Int) {
        guard (0...86_400).contains(seconds) else { return nil }
        microseconds = seconds * 1_000_000
    }

    init(microseconds: Int) {
        self.microseconds = microseconds
    }

    /// Whole seconds since midnight.
    package var secondsSinceMidnight: Int { microseconds / 1_000_000 }

    package static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }
}

extension PostgresTime: PostgresEncodable, PostgresDecodable {
    package static var postgresType: PostgresType { .time }

    package static func canDecode(_ oid: UInt32) -> Bool { oid == PostgresType.time.oid }

    package func appendPostgresText(to text: inout [UInt8]) {
        let seconds = secondsSinceMidnight
        DecimalText.append(seconds / 3600, width: 2, to: &text)
        text.append(UInt8(ascii: ":"))
        DecimalText.append(seconds / 60 % 60, width: 2, to: &text)
        text.append(UInt8(ascii: ":"))
        DecimalText.append(seconds % 60, width: 2, to: &text)
        let fraction = microseconds % 1_000_000
        if fraction > 0 {
            text.append(UInt8(ascii: "."))
            DecimalText.append(fraction, width: 6, to: &text)
        }
    }

    package init?(postgresText text: ArraySlice<UInt8>) {
        var reader = DecimalText.Reader(text)
        guard let microseconds = reader.timeMicroseconds(), reader.isAtEnd else { return nil }
        self.microseconds = microseconds
    }
}
