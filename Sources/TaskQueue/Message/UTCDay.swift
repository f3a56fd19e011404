package import Foundation

/// A day in UTC, as the daily counters are named.
package struct UTCDay: Sendable, Hashable {
    /// `yyyy-mm-dd`.
    package let text: String

    /// The day that holds `date`.
    package init(_ date: Date) {
        // Days to civil date by eras of 400 years that start in March, so that the leap day is an era's last.
        let days = (UnixTime.seconds(date) - Self.secondsFromMarchOfYearZero) / 86_400
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        text = "\(Self.padded(year, to: 4))-\(Self.padded(month, to: 2))-\(Self.padded(day, to: 2))"
    }

    private static let secondsFromMarchOfYearZero: Int64 = -719_468 * 86_400

    private static func padded(_ number: Int64, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
