package import Foundation

/// A day in UTC, as the daily counters are named.
package struct UTCDay: Sendable, Hashable {
    /// `yyyy-mm-dd`.
    package let text: String

    /// The day that holds `date`.
    package init(_ date: Date) {
        let civil = CivilDay(number: UnixTime.seconds(date).dividedRoundingDown(by: 86_400))
        text =
            "\(Self.padded(civil.year, to: 4))-\(Self.padded(Int64(civil.month), to: 2))-\(Self.padded(Int64(civil.day), to: 2))"
    }

    private static func padded(_ number: Int64, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
