package import Foundation

/// A hospital's time zone, and the rules by which its wall clock becomes instants (domain: date and time rules).
package struct ScheduleZone: Sendable, Hashable, CustomStringConvertible {
    /// The zone's IANA name.
    package let identifier: String
    private let zone: TimeZone

    /// Finds a zone by its IANA name, such as `America/New_York`; `nil` when this machine does not know it.
    package init?(_ identifier: String) {
        guard let zone = TimeZone(identifier: identifier) else { return nil }
        self.identifier = identifier
        self.zone = zone
    }

    /// Universal time.
    package static let utc = ScheduleZone(identifier: "UTC", zone: .gmt)

    private init(identifier: String, zone: TimeZone) {
        self.identifier = identifier
        self.zone = zone
    }

    /// The instant at which the wall clock shows a time.
    ///
    /// A time that the clock skips moves forward to the first valid instant; one that it shows twice is the first of the two.
    ///
    /// - Parameters:
    ///   - date: The schedule date.
    ///   - seconds: Seconds since that date's 00:00 by the wall clock; 86,400 and more is the next day.
    /// - Returns: The instant.
    package func instant(of date: LocalDate, secondsAfterMidnight seconds: Int) -> Date {
        let wall = Double(date.dayNumber * 86_400 + seconds)
        // The offsets on either side of any change nearby: no zone changes twice within two days.
        let before = offset(atUnixSeconds: wall - 86_400)
        let after = offset(atUnixSeconds: wall + 86_400)
        let earlier = wall - Double(max(before, after))
        let later = wall - Double(min(before, after))
        for candidate in [earlier, later] where candidate + Double(offset(atUnixSeconds: candidate)) == wall {
            return Date(timeIntervalSince1970: candidate)
        }
        return firstInstantAfterGap(between: earlier, and: later)
    }

    /// The instants at which a block of a date starts and ends; `nil` when the clock change leaves it no length that night.
    package func interval(of window: ShiftWindow, on date: LocalDate) -> (start: Date, end: Date)? {
        let start = instant(of: date, secondsAfterMidnight: window.startSeconds)
        let end = instant(of: date, secondsAfterMidnight: window.endSeconds)
        return end > start ? (start, end) : nil
    }

    /// The date that the wall clock shows at an instant.
    package func date(at instant: Date) -> LocalDate {
        let unix = instant.timeIntervalSince1970
        let wall = unix + Double(offset(atUnixSeconds: unix))
        return LocalDate(dayNumber: Int((wall / 86_400).rounded(.down)))
    }

    /// Seconds by which the wall clock is ahead of UTC at an instant.
    package func secondsFromUTC(at instant: Date) -> Int { zone.secondsFromGMT(for: instant) }

    /// The zone's IANA name.
    package var description: String { identifier }

    private func offset(atUnixSeconds seconds: Double) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: seconds))
    }

    /// The change lies between the two; halving finds its second.
    private func firstInstantAfterGap(between earlier: Double, and later: Double) -> Date {
        let target = offset(atUnixSeconds: later)
        var (low, high) = (earlier, later)
        while high - low > 1 {
            let middle = ((low + high) / 2).rounded(.down)
            if offset(atUnixSeconds: middle) == target { high = middle } else { low = middle }
        }
        return Date(timeIntervalSince1970: high)
    }
}
