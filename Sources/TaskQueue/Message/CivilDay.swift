/// A day of the Gregorian calendar, without a zone.
///
/// Pure. Eras of 400 years that start in March make the leap day an era's last.
struct CivilDay: Sendable, Hashable {
    /// Days since 1970-01-01.
    let number: Int64
    /// The year; 0 is 1 BC.
    let year: Int64
    /// 1 to 12.
    let month: Int
    /// 1 to 31.
    let day: Int

    private static let daysFromMarchOfYearZero: Int64 = 719_468
    private static let daysOfEra: Int64 = 146_097

    /// The day so many days after 1970-01-01.
    init(number: Int64) {
        self.number = number
        let days = number + Self.daysFromMarchOfYearZero
        let era = days.dividedRoundingDown(by: Self.daysOfEra)
        let dayOfEra = days - era * Self.daysOfEra
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
        month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// 0 is Sunday; 1970-01-01 was a Thursday.
    var weekday: Int { Int((number + 4) - (number + 4).dividedRoundingDown(by: 7) * 7) }

    /// The day after.
    var next: CivilDay { CivilDay(number: number + 1) }

    /// The first day of the next month.
    var firstOfNextMonth: CivilDay {
        // From the first of this month 31 days on is in the next one, whatever its length.
        let later = CivilDay(number: number - Int64(day) + 1 + 31)
        return CivilDay(number: later.number - Int64(later.day) + 1)
    }
}

extension Int64 {
    /// The quotient rounded towards minus infinity, for a positive divisor.
    func dividedRoundingDown(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
