import Foundation
import ScheduleModel
import Testing

@Suite struct LocalDateTests {
    @Test(arguments: [
        (2024, true), (2023, false), (2000, true), (1900, false), (2100, false), (2400, true),
    ])
    func `29 February exists in leap years only`(year: Int, isLeap: Bool) {
        #expect((LocalDate(year: year, month: 2, day: 29) != nil) == isLeap)
        let march = LocalDate(year: year, month: 3, day: 1)
        #expect(march?.adding(days: -1).components.day == (isLeap ? 29 : 28))
    }

    @Test(arguments: [
        (2026, 4, 31), (2026, 2, 30), (2026, 13, 1), (2026, 0, 1), (2026, 1, 0), (2026, 1, 32), (0, 1, 1),
        (10_000, 1, 1),
    ])
    func `a day that is in no calendar is no date`(year: Int, month: Int, day: Int) {
        #expect(LocalDate(year: year, month: month, day: day) == nil)
    }

    @Test(arguments: [
        "2026-3-02", "2026-03-2", "26-03-02", "2026/03/02", "2026-03-02 ", " 2026-03-02", "2026-02-29", "2026-13-01",
        "",
        "2026-03-0x", "２０２６-03-02", "+026-03-02",
    ])
    func `text that is not exactly a real YYYY-MM-DD is no date`(text: String) {
        #expect(LocalDate(text) == nil)
    }

    @Test func `text and components come back as they were written`() throws {
        let date = try #require(LocalDate("0007-11-09"))
        #expect(date.description == "0007-11-09")
        #expect(date.components == (7, 11, 9))
        #expect(date.monthText == "0007-11")
    }

    @Test func `days of eight centuries agree with the Gregorian calendar of Foundation`() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        for dayNumber in stride(from: -141_000, through: 146_097, by: 17) {
            let date = LocalDate(dayNumber: dayNumber)
            let instant = Date(timeIntervalSince1970: Double(dayNumber) * 86_400)
            let parts = calendar.dateComponents([.year, .month, .day, .weekday], from: instant)
            #expect(date.components.month == parts.month)
            #expect(date.components.day == parts.day)
            #expect(date.components.year == parts.year)
            // Foundation counts from Sunday as 1, ISO from Monday as 1.
            #expect(date.isoWeekday % 7 + 1 == parts.weekday)
            #expect(LocalDate(date.description) == date)
        }
    }

    @Test func `months from 31 January are January, February and March`() throws {
        let date = try #require(LocalDate("2026-01-31"))
        let months = (0..<3).map { date.firstOfMonth(addingMonths: $0).monthText }
        #expect(months == ["2026-01", "2026-02", "2026-03"])
        #expect(date.firstOfMonth(addingMonths: -1).description == "2025-12-01")
        #expect(date.firstOfMonth(addingMonths: 23).description == "2027-12-01")
        #expect(date.lastOfMonth == date)
        #expect(date.firstOfMonth(addingMonths: 1).lastOfMonth.description == "2026-02-28")
    }

    @Test(arguments: [
        ("2026-01-01", "2026-02-28", 2), ("2026-01-31", "2026-02-01", 2), ("2026-03-05", "2026-03-05", 1),
        ("2025-12-31", "2026-01-01", 2), ("2025-01-01", "2026-12-31", 24), ("2026-01-01", "2026-01-31", 1),
    ])
    func `the months of a range are the calendar months that it touches`(start: String, end: String, count: Int) throws
    {
        let first = try #require(LocalDate(start))
        let last = try #require(LocalDate(end))
        let range = try #require(DateRange(first, last))
        #expect(range.months.count == count)
        #expect(range.months.allSatisfy { $0.components.day == 1 })
        #expect(range.months == range.months.sorted())
    }

    @Test func `a range holds both its ends and is never backwards`() throws {
        let start = try #require(LocalDate("2026-02-27"))
        let range = try #require(DateRange(start, start.adding(days: 3)))
        #expect(range.dates.map(\.description) == ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"])
        #expect(range.dayCount == 4)
        #expect(range.contains(range.start) && range.contains(range.end))
        #expect(!range.contains(range.end.adding(days: 1)) && !range.contains(range.start.adding(days: -1)))
        #expect(DateRange(range.end, range.start) == nil)
    }

    @Test(arguments: [
        "2026-03-06", "2026-03-06T23:30:00Z", "2026-03-06T23:30:00.123456+14:00", "2026-03-06t01:02:03z",
        "2026-03-06 01:02:03-05:00",
    ])
    func `a date-time counts as its written date, whatever its offset`(text: String) {
        #expect(LocalDate(dateOrDateTime: text)?.description == "2026-03-06")
    }

    @Test(arguments: [
        "2026-03-06Tgarbage", "2026-03-06T", "2026-03-06T25:00:00Z", "2026-03-06T01:02:03", "2026-03-06X01:02:03Z",
        "2026-03-06T01:02:03.Z", "2026-03-06T01:02:03+0500", "2026-02-30T01:02:03Z", "2026-03-060",
        "2026-03-06T01:02:03Zx",
    ])
    func `text that only begins like a date-time is no date`(text: String) {
        #expect(LocalDate(dateOrDateTime: text) == nil)
    }

    @Test func `a date is a string in JSON`() throws {
        let date = try #require(LocalDate("2026-03-06"))
        let encoded = try JSONEncoder().encode([date])
        #expect(String(decoding: encoded, as: UTF8.self) == #"["2026-03-06"]"#)
        #expect(try JSONDecoder().decode([LocalDate].self, from: Data(#"["2026-03-06T10:00:00Z"]"#.utf8)) == [date])
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([LocalDate].self, from: Data(#"["06.03.2026"]"#.utf8))
        }
    }
}
