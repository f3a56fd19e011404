import Foundation
import Testing

@testable import TaskQueue

/// U15: seconds in cron, as an option.
@Suite struct CronSecondsTests {
    private func runs(_ spec: String, after start: Int64, count: Int = 3) throws -> [Int64] {
        let schedule = try CronSchedule(spec, allowsSeconds: true)
        var runs: [Int64] = []
        var last = Date(timeIntervalSince1970: Double(start))
        for _ in 0..<count {
            last = try #require(schedule.next(after: last))
            runs.append(UnixTime.seconds(last))
        }
        return runs
    }

    @Test func `U15: a sixth field, the first, names the second`() throws {
        #expect(try runs("* * * * * *", after: 0) == [1, 2, 3])
        #expect(try runs("*/15 * * * * *", after: 14) == [15, 30, 45])
        #expect(try runs("5,50-52/2 * * * * *", after: 50, count: 4) == [52, 65, 110, 112])
        #expect(try runs("30 59 23 * * *", after: 0, count: 2) == [86_370, 172_770])
        #expect(try runs("59 59 23 31 12 ?", after: 0, count: 2) == [31_535_999, 63_071_999])
        #expect(try runs("0 0 0 * * 1", after: 0, count: 2) == [345_600, 950_400])
        #expect(try runs("10 30 6-7 * * *", after: 6 * 3600 + 1810, count: 2) == [27_010, 109_810])
    }

    @Test func `U15: five fields still run at second 0, and descriptors are what they were`() throws {
        #expect(try runs("* * * * *", after: 59) == [60, 120, 180])
        #expect(try runs("@hourly", after: 1, count: 2) == [3600, 7200])
        #expect(try runs("@every 5s", after: 1) == [6, 11, 16])
    }

    @Test func `U15: seconds keep to clock changes: a skipped hour does not run, one that comes twice runs twice`()
        throws
    {
        let spring = try runs("CRON_TZ=Europe/Berlin 20 30 2 * * *", after: 1_648_330_000, count: 2)
        #expect(spring == [1_648_427_420, 1_648_513_820])
        let autumn = try runs("CRON_TZ=Europe/Berlin 20 30 2 * * *", after: 1_667_080_000, count: 3)
        #expect(autumn == [1_667_089_820, 1_667_093_420, 1_667_179_820])
    }

    @Test(arguments: [
        ("60 * * * * *", CronError.Code.outOfRange, "second"), ("*/0 * * * * *", .invalidStep, "second"),
        ("mon * * * * *", .invalidField, "second"), ("30-10 * * * * *", .wrappedRange, "second"),
        ("* * * * * * *", .fieldCount, "spec"), ("* * * *", .fieldCount, "spec"),
        ("* 60 * * * *", .outOfRange, "minute"),
        ("* * * * * 7", .outOfRange, "day of week"),
    ])
    func `U15: what is wrong with six fields is told with its place`(
        spec: String, code: CronError.Code, place: String
    ) {
        let error = #expect(throws: CronError.self) { try CronSchedule(spec, allowsSeconds: true) }
        #expect(error?.code == code && error?.place == place)
    }

    @Test func `without the option six fields are refused, and the reason tells how many there may be`() {
        let plain = #expect(throws: CronError.self) { try CronSchedule("* * * * * *") }
        #expect(plain?.description == "spec \"* * * * * *\": has 6 fields, and a schedule has 5")
        let wide = #expect(throws: CronError.self) { try CronSchedule("* * * * * * *", allowsSeconds: true) }
        #expect(wide?.reason == "has 7 fields, and a schedule has 5, or 6 with the second first")
    }
}
