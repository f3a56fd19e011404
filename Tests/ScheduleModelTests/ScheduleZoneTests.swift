import Foundation
import ScheduleModel
import Testing

@Suite struct ScheduleZoneTests {
    private func hours(_ from: Double, _ to: Double, _ date: String, _ zone: String) throws -> Double? {
        let zone = try #require(ScheduleZone(zone))
        let date = try #require(LocalDate(date))
        let window = try #require(ShiftWindow(startSeconds: Int(from * 3600), endSeconds: Int(to * 3600)))
        return zone.interval(of: window, on: date).map { $0.end.timeIntervalSince($0.start) / 3600 }
    }

    private func instant(_ date: String, _ hour: Double, _ zone: String) throws -> String {
        let zone = try #require(ScheduleZone(zone))
        let date = try #require(LocalDate(date))
        return zone.instant(of: date, secondsAfterMidnight: Int(hour * 3600)).ISO8601Format()
    }

    @Test(arguments: [
        ("2026-03-05", 7.0), ("2026-03-06", 7), ("2026-03-07", 6), ("2026-03-08", 7), ("2026-10-30", 7),
        ("2026-10-31", 8), ("2026-11-01", 7),
    ])
    func `the 01 to 08 block of New York lasts 7 hours, 6 in the spring night, 8 in the autumn night`(
        date: String, expected: Double
    ) throws {
        #expect(try hours(25, 32, date, "America/New_York") == expected)
    }

    @Test(arguments: [("2026-03-06", 8.0), ("2026-03-07", 7), ("2026-10-31", 9)])
    func `ON1 of New York lasts 8 hours, 7 in the spring night, 9 in the autumn night`(
        date: String, expected: Double
    ) throws {
        #expect(try hours(24, 32, date, "America/New_York") == expected)
    }

    @Test func `a time that the clock skips moves forward to the first valid instant`() throws {
        #expect(try instant("2026-03-07", 26, "America/New_York") == "2026-03-08T07:00:00Z")
        #expect(try instant("2026-03-07", 26.5, "America/New_York") == "2026-03-08T07:00:00Z")
        #expect(try instant("2026-03-07", 27, "America/New_York") == "2026-03-08T07:00:00Z")
        #expect(try instant("2026-03-07", 25.5, "America/New_York") == "2026-03-08T06:30:00Z")
    }

    @Test func `a time that the clock shows twice is the first of the two`() throws {
        #expect(try instant("2026-10-31", 25, "America/New_York") == "2026-11-01T05:00:00Z")
        #expect(try instant("2026-10-31", 25.5, "America/New_York") == "2026-11-01T05:30:00Z")
        #expect(try instant("2026-10-31", 26, "America/New_York") == "2026-11-01T07:00:00Z")
    }

    @Test func `a block that the clock skips whole has no length that night and its usual one on others`() throws {
        #expect(try hours(26, 27, "2026-03-07", "America/New_York") == nil)
        #expect(try hours(26, 27, "2026-03-06", "America/New_York") == 1)
        #expect(try hours(26, 27.5, "2026-03-07", "America/New_York") == 0.5)
    }

    @Test func `south of the equator the nights change the other way round`() throws {
        // Sydney: back at 03:00 on 5 April 2026, forward at 02:00 on 4 October 2026.
        #expect(try hours(25, 32, "2026-04-04", "Australia/Sydney") == 8)
        #expect(try hours(25, 32, "2026-10-03", "Australia/Sydney") == 6)
        #expect(try instant("2026-10-03", 26.5, "Australia/Sydney") == "2026-10-03T16:00:00Z")
        #expect(try instant("2026-04-04", 26.5, "Australia/Sydney") == "2026-04-04T15:30:00Z")
    }

    @Test func `a change of half an hour and one of a whole day keep the rules`() throws {
        // Lord Howe goes forward by 30 minutes at 02:00 on 4 October 2026.
        #expect(try instant("2026-10-03", 26.25, "Australia/Lord_Howe") == "2026-10-03T15:30:00Z")
        #expect(try hours(25, 32, "2026-10-03", "Australia/Lord_Howe") == 6.5)
        // Samoa had no 30 December 2011 at all.
        #expect(try instant("2011-12-30", 12, "Pacific/Apia") == "2011-12-30T10:00:00Z")
        #expect(try instant("2011-12-29", 20, "Pacific/Apia") == "2011-12-30T06:00:00Z")
    }

    @Test func `universal time never changes`() throws {
        let first = try #require(LocalDate("2026-01-01"))
        for date in (0..<365).map({ first.adding(days: $0) }) {
            let start = ScheduleZone.utc.instant(of: date, secondsAfterMidnight: 25 * 3600)
            #expect(start.timeIntervalSince1970 == Double(date.dayNumber * 86_400 + 25 * 3600))
        }
        #expect(ScheduleZone("UTC")?.identifier == "UTC")
    }

    @Test func `the wall clock reads the time that its instant was made from, each hour of a year`() throws {
        for name in ["America/New_York", "Europe/Berlin", "Australia/Sydney", "America/Santiago", "Asia/Kolkata"] {
            let zone = try #require(ScheduleZone(name))
            let first = try #require(LocalDate("2026-01-01"))
            for hour in 0..<(365 * 24) {
                let instant = zone.instant(of: first, secondsAfterMidnight: hour * 3600)
                let shown = instant.timeIntervalSince1970 + Double(zone.secondsFromUTC(at: instant))
                let wanted = Double(first.dayNumber * 86_400 + hour * 3600)
                // Equal, or a skipped time: then the instant is the very change, before which the clock showed less.
                guard shown != wanted else { continue }
                #expect(shown > wanted)
                let before = instant.addingTimeInterval(-1)
                #expect(before.timeIntervalSince1970 + Double(zone.secondsFromUTC(at: before)) < wanted)
            }
        }
    }

    @Test func `the date of an instant is the one on the wall`() throws {
        let zone = try #require(ScheduleZone("America/New_York"))
        #expect(zone.date(at: Date(timeIntervalSince1970: 0)).description == "1969-12-31")
        let midnight = zone.instant(of: try #require(LocalDate("2026-03-06")), secondsAfterMidnight: 0)
        #expect(zone.date(at: midnight).description == "2026-03-06")
        #expect(zone.date(at: midnight.addingTimeInterval(-1)).description == "2026-03-05")
    }

    @Test func `a zone that nobody knows is none`() {
        #expect(ScheduleZone("Mars/Olympus_Mons") == nil)
        #expect(ScheduleZone("") == nil)
    }
}
