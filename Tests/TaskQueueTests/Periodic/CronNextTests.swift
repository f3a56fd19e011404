import Foundation
import Testing

@testable import TaskQueue

/// Next runs, worked out by hand.
@Suite struct CronNextTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let spec: String
        let after: String
        /// The runs that follow; "never" ends them.
        let runs: [String]

        init(_ spec: String, after: String, _ runs: String...) {
            (self.spec, self.after, self.runs) = (spec, after, runs)
        }

        var testDescription: String { "\(spec) after \(after)" }
    }

    static let rows: [Row] = [
        // Minutes, hours, steps and lists.
        Row("* * * * *", after: "2030-01-01T00:00:00Z", "2030-01-01T00:01:00Z", "2030-01-01T00:02:00Z"),
        Row("* * * * *", after: "2030-01-01T00:00:59Z", "2030-01-01T00:01:00Z"),
        Row("0/15 * * * *", after: "2030-01-01T00:46:00Z", "2030-01-01T01:00:00Z", "2030-01-01T01:15:00Z"),
        Row("20/30 * * * *", after: "2030-01-01T00:00:00Z", "2030-01-01T00:20:00Z", "2030-01-01T00:50:00Z"),
        Row("10-20/4 * * * *", after: "2030-01-01T00:12:00Z", "2030-01-01T00:14:00Z", "2030-01-01T00:18:00Z"),
        Row("5,50 23 * * *", after: "2030-01-01T23:50:00Z", "2030-01-02T23:05:00Z", "2030-01-02T23:50:00Z"),
        Row(
            "0 */9 * * *", after: "2030-01-01T00:00:00Z", "2030-01-01T09:00:00Z", "2030-01-01T18:00:00Z",
            "2030-01-02T00:00:00Z"),
        // Months and years.
        Row("0 0 1 * *", after: "2030-12-01T00:00:00Z", "2031-01-01T00:00:00Z"),
        Row("0 0 31 * *", after: "2030-01-31T00:00:00Z", "2030-03-31T00:00:00Z", "2030-05-31T00:00:00Z"),
        Row("30 12 * jul-AUG/1 *", after: "2030-08-31T12:30:00Z", "2031-07-01T12:30:00Z"),
        Row("0 0 29 2 *", after: "2030-01-01T00:00:00Z", "2032-02-29T00:00:00Z", "2036-02-29T00:00:00Z"),
        // The year 2100 has no leap day: from 2096 the next is eight years off, and five are searched.
        Row("0 0 29 2 *", after: "2096-02-29T00:00:00Z", "never"),
        Row("0 0 29 2 *", after: "2098-12-31T23:59:58Z", "never"),
        Row("0 0 29 2 *", after: "2099-01-01T00:00:00Z", "2104-02-29T00:00:00Z"),
        Row("0 0 30 2 *", after: "2030-01-01T00:00:00Z", "never"),
        Row("0 0 31 4,6,9,11 *", after: "2030-01-01T00:00:00Z", "never"),
        // Day of month and day of week: either, unless one is a star. 2030-01-01 is a Tuesday.
        Row(
            "0 0 13 * fri", after: "2030-01-01T00:00:00Z", "2030-01-04T00:00:00Z", "2030-01-11T00:00:00Z",
            "2030-01-13T00:00:00Z", "2030-01-18T00:00:00Z"),
        Row("0 0 13 * *", after: "2030-01-01T00:00:00Z", "2030-01-13T00:00:00Z", "2030-02-13T00:00:00Z"),
        Row("0 0 * * fri", after: "2030-01-01T00:00:00Z", "2030-01-04T00:00:00Z", "2030-01-11T00:00:00Z"),
        Row("0 0 ? * 0", after: "2030-01-01T00:00:00Z", "2030-01-06T00:00:00Z"),
        Row("0 0 */1 * 0", after: "2030-01-01T00:00:00Z", "2030-01-06T00:00:00Z", "2030-01-13T00:00:00Z"),
        // A star with a step is no star: odd days or Sundays.
        Row(
            "0 0 */2 * 0", after: "2030-01-01T00:00:00Z", "2030-01-03T00:00:00Z", "2030-01-05T00:00:00Z",
            "2030-01-06T00:00:00Z", "2030-01-07T00:00:00Z"),
        // A star inside a list is a star.
        Row("0 0 5,* * 0", after: "2030-01-01T00:00:00Z", "2030-01-06T00:00:00Z", "2030-01-13T00:00:00Z"),
        Row("0 0 1 * */3", after: "2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z", "2030-01-05T00:00:00Z"),
        // Descriptors.
        Row("@hourly", after: "2030-01-01T00:00:00Z", "2030-01-01T01:00:00Z"),
        Row("@daily", after: "2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z"),
        Row("@midnight", after: "2030-01-01T00:00:01Z", "2030-01-02T00:00:00Z"),
        Row("@weekly", after: "2030-01-01T00:00:00Z", "2030-01-06T00:00:00Z"),
        Row("@monthly", after: "2030-01-01T00:00:00Z", "2030-02-01T00:00:00Z"),
        Row("@yearly", after: "2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"),
        Row("@annually", after: "2030-06-01T00:00:00Z", "2031-01-01T00:00:00Z"),
        // Intervals: whole seconds, at least one, from any moment on.
        Row("@every 90s", after: "2030-01-01T00:00:07Z", "2030-01-01T00:01:37Z", "2030-01-01T00:03:07Z"),
        Row("@every 1h30m", after: "2030-01-01T00:00:07Z", "2030-01-01T01:30:07Z"),
        Row("@every 2.9s", after: "2030-01-01T00:00:07Z", "2030-01-01T00:00:09Z"),
        Row("@every 10ms", after: "2030-01-01T00:00:07Z", "2030-01-01T00:00:08Z"),
        Row("@every -1h", after: "2030-01-01T00:00:07Z", "2030-01-01T00:00:08Z"),
        // Zones.
        Row("CRON_TZ=Asia/Tokyo 0 6 * * *", after: "2030-01-01T00:00:00Z", "2030-01-01T21:00:00Z"),
        Row("TZ=Asia/Kathmandu 0 0 * * *", after: "2030-01-01T00:00:00Z", "2030-01-01T18:15:00Z"),
        Row("TZ=America/New_York @daily", after: "2030-07-01T00:00:00Z", "2030-07-01T04:00:00Z"),
        // New York, spring 2030: 02:00 to 03:00 is skipped on 10 March, and so is that day's run.
        Row(
            "TZ=America/New_York 30 2 * * *", after: "2030-03-09T00:00:00Z", "2030-03-09T07:30:00Z",
            "2030-03-11T06:30:00Z"),
        Row("TZ=America/New_York 0 2 10 3 *", after: "2030-01-01T00:00:00Z", "2031-03-10T06:00:00Z"),
        Row(
            "TZ=America/New_York 0 * 10 3 *", after: "2030-03-10T05:30:00Z", "2030-03-10T06:00:00Z",
            "2030-03-10T07:00:00Z"),
        // New York, autumn 2030: 01:00 to 02:00 comes twice on 3 November, and so does a once-a-day run.
        Row(
            "TZ=America/New_York 30 1 * * *", after: "2030-11-02T12:00:00Z", "2030-11-03T05:30:00Z",
            "2030-11-03T06:30:00Z", "2030-11-04T06:30:00Z"),
        Row(
            "TZ=America/New_York 0 2 * * *", after: "2030-11-02T12:00:00Z", "2030-11-03T07:00:00Z",
            "2030-11-04T07:00:00Z"),
        // Berlin: 02:00 to 03:00 is skipped on 31 March and comes twice on 27 October.
        Row("CRON_TZ=Europe/Berlin 15 2 * * *", after: "2030-03-30T12:00:00Z", "2030-04-01T00:15:00Z"),
        Row(
            "CRON_TZ=Europe/Berlin 15 2 * * *", after: "2030-10-26T12:00:00Z", "2030-10-27T00:15:00Z",
            "2030-10-27T01:15:00Z", "2030-10-28T01:15:00Z"),
        // Beirut changes at midnight: the day of the change has no 00:00, and all else of it is there.
        Row("TZ=Asia/Beirut 0 0 * * *", after: "2030-03-29T22:30:00Z", "2030-03-31T21:00:00Z"),
        Row("TZ=Asia/Beirut 0 9 31 * *", after: "2030-03-30T00:00:00Z", "2030-03-31T06:00:00Z"),
        // Lord Howe Island changes by half an hour: 02:00 to 02:30 is skipped on 6 October.
        Row("TZ=Australia/Lord_Howe 0 3 * * *", after: "2030-10-05T00:00:00Z", "2030-10-05T16:00:00Z"),
        Row(
            "TZ=Australia/Lord_Howe 15,45 2 * * *", after: "2030-10-05T12:00:00Z", "2030-10-05T15:45:00Z",
            "2030-10-06T15:15:00Z"),
        // Recife had summer time for a week in October 2000: looked for from before it, noon in it is an hour earlier.
        Row(
            "TZ=America/Recife 0 12 12 10 *", after: "2000-01-01T00:00:00Z", "2000-10-12T14:00:00Z",
            "2001-10-12T15:00:00Z"),
        // Samoa had no 30 December 2011.
        Row(
            "TZ=Pacific/Apia 0 12 30,31 12 *", after: "2011-12-29T00:00:00Z", "2011-12-30T22:00:00Z",
            "2012-12-29T22:00:00Z"),
    ]

    @Test(arguments: rows)
    func `item 65: the next runs are those worked out by hand`(row: Row) throws {
        let schedule = try CronSchedule(row.spec)
        let format = Date.ISO8601FormatStyle()
        var moment = try format.parse(row.after)
        for run in row.runs {
            let next = schedule.next(after: moment)
            #expect(next.map(format.format) ?? "never" == run)
            guard let next else { return }
            moment = next
        }
    }

    @Test func `a fraction of a second is no reason to run a minute later, nor twice`() throws {
        let schedule = try CronSchedule("* * * * *")
        let minute = Date(timeIntervalSince1970: 1_893_456_060)
        #expect(schedule.next(after: minute - 0.001) == minute)
        #expect(schedule.next(after: minute + 0.001) == minute + 60)
        #expect(try CronSchedule("@every 1s").next(after: minute + 0.9) == minute + 1)
    }

    @Test func `the zone of a spec that names none is UTC unless told`() throws {
        let zone = try #require(TimeZone(identifier: "Asia/Tokyo"))
        let start = Date(timeIntervalSince1970: 1_893_456_000)
        #expect(try CronSchedule("0 12 * * *").next(after: start) == start + 12 * 3600)
        #expect(try CronSchedule("0 12 * * *", defaultZone: zone).next(after: start) == start + 3 * 3600)
        #expect(try CronSchedule("TZ=UTC 0 12 * * *", defaultZone: zone).next(after: start) == start + 12 * 3600)
    }

    @Test(arguments: [Date.distantPast, .distantFuture, Date(timeIntervalSince1970: .infinity)])
    func `no moment is too far off to ask`(moment: Date) throws {
        for spec in ["* * * * *", "0 0 29 2 *", "@every 2562047h"] { _ = try CronSchedule(spec).next(after: moment) }
    }
}
