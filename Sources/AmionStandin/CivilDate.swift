/// A month of the Gregorian calendar.
struct CivilMonth: Sendable, Hashable {
    /// As they are written in dates.
    static let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    let year: Int
    /// 1 to 12.
    let month: Int

    init?(year: Int, month: Int) {
        guard (1900...9999).contains(year), (1...12).contains(month) else { return nil }
        self.year = year
        self.month = month
    }

    /// Reads `YYYY-MM`.
    init?(path text: Substring) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 4, parts[1].utf8.count == 2, let year = Int(parts[0]),
            let month = Int(parts[1])
        else { return nil }
        self.init(year: year, month: month)
    }

    /// The first day, counted from 1970-01-01.
    var firstDay: Int { CivilDate.dayNumber(year: year, month: month, day: 1) }

    /// 28 to 31.
    var dayCount: Int {
        let next = month == 12 ? (year + 1, 1) : (year, month + 1)
        return CivilDate.dayNumber(year: next.0, month: next.1, day: 1) - firstDay
    }
}

/// A date of the Gregorian calendar, counted in days.
struct CivilDate: Sendable, Hashable {
    /// Days since 1970-01-01.
    let dayNumber: Int

    /// Year, month 1 to 12 and day 1 to 31.
    var parts: (year: Int, month: Int, day: Int) {
        // Years are counted from March, so the leap day is the last of its year; an era is 400 years.
        let shifted = dayNumber + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// Whether it is a Saturday or a Sunday.
    var isWeekend: Bool {
        let weekday = ((dayNumber + 4) % 7 + 7) % 7  // 1970-01-01 was a Thursday; Sunday is 0
        return weekday == 0 || weekday == 6
    }

    /// `YYYY-MM-DD`.
    var isoText: String {
        let (year, month, day) = parts
        return "\(year)-\(twoDigits(month))-\(twoDigits(day))"
    }

    /// `M-D-YY` without leading zeros, as Amion's reports write it.
    var reportText: String {
        let (year, month, day) = parts
        return "\(month)-\(day)-\(twoDigits(year % 100))"
    }

    static func dayNumber(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

/// A number of 0 to 99 with its leading zero.
func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
