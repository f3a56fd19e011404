import Foundation
import Testing

@testable import TaskQueue

@Suite struct CronParsingTests {
    @Test(arguments: [
        "* * * * *", "? ? ? ? ?", "0 0 1 1 0", "59 23 31 12 6", "0,15,30,45 * * * *", "*/15 * * * *", "5/20 * * * *",
        "1-5 * * * *", "1-59/2 * * * *", "0-0 * * * *", "5-5/9 * * * *", "*/99 * * * *", "* * ? * ?", "0 0 * jan *",
        "0 0 * JAN-dec *", "0 0 * Feb,Aug *", "0 0 * * sun", "0 0 * * MON-FRI", "0 0 * * Mon-5", "0 0 * jan/3 *",
        "0 0 * * 1/2", "00 007 * * *", "+5 * * * *", "1,,2 * * * *", ",1 * * * *", "*,5 * * * *", "  1  2\t3 4  5 ",
        "0 0 30 2 *", "0 0 29 feb *", "*/1 * * * *", "*-7 * * * *", "1-3,5-7/2,*/20 1-2,20 1,15 */2 mon,fri",
        "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly",
        "@every 1s", "@every 1h30m", "@every 1.5h", "@every 500ms", "@every 0", "@every -5s", "@every 100us",
        "@every 1m0.5s", "@every 1\u{B5}s", "@every +2m",
        "CRON_TZ=UTC 0 0 * * *", "TZ=Europe/Berlin 0 0 * * *", "CRON_TZ=Asia/Tokyo  0 6 * * ?",
        "TZ=America/New_York @daily", "CRON_TZ=US/Eastern @every 1h", "TZ= 0 0 * * *", "TZ=Local 0 0 * * *",
        "TZ=Etc/GMT+5 0 0 * * *", "TZ=EST5EDT 0 0 * * *", "TZ=UTC @daily ",
    ])
    func `item 65: accepted as robfig/cron v3 accepts it`(spec: String) throws {
        #expect(try CronSchedule(spec).spec == spec)
    }

    static let refused: [(spec: String, code: CronError.Code, place: String)] = [
        ("", .empty, "spec"), (" ", .fieldCount, "spec"), ("*", .fieldCount, "spec"), ("* * * *", .fieldCount, "spec"),
        ("* * * * * *", .fieldCount, "spec"), ("0 0 0 1 1 *", .fieldCount, "spec"),
        ("60 * * * *", .outOfRange, "minute"), ("* 24 * * *", .outOfRange, "hour"),
        ("* * 0 * *", .outOfRange, "day of month"), ("* * 32 * *", .outOfRange, "day of month"),
        ("* * * 0 *", .outOfRange, "month"), ("* * * 13 *", .outOfRange, "month"),
        ("* * * * 7", .outOfRange, "day of week"), ("* * * * 0-7", .outOfRange, "day of week"),
        ("0-60 * * * *", .outOfRange, "minute"), ("0 0 * * sun-7", .outOfRange, "day of week"),
        ("30-10 * * * *", .wrappedRange, "minute"), ("* 22-4 * * *", .wrappedRange, "hour"),
        ("* * * nov-feb *", .wrappedRange, "month"), ("* * * * fri-mon", .wrappedRange, "day of week"),
        ("*/0 * * * *", .invalidStep, "minute"), ("* 1-5/0 * * *", .invalidStep, "hour"),
        ("*/-1 * * * *", .invalidStep, "minute"), ("*/x * * * *", .invalidStep, "minute"),
        ("*/ * * * *", .invalidStep, "minute"), ("*/99999999999999999999 * * * *", .invalidStep, "minute"),
        ("1/2/3 * * * *", .invalidField, "minute"), ("1-2-3 * * * *", .invalidField, "minute"),
        ("-5 * * * *", .invalidField, "minute"), ("5- * * * *", .invalidField, "minute"),
        ("** * * * *", .invalidField, "minute"), ("1.5 * * * *", .invalidField, "minute"),
        ("0x5 * * * *", .invalidField, "minute"), ("\u{665} * * * *", .invalidField, "minute"),
        ("jan * * * *", .invalidField, "minute"), ("* * mon * *", .invalidField, "day of month"),
        ("* * * monday *", .invalidField, "month"), ("* * * * monday", .invalidField, "day of week"),
        ("* * L * *", .invalidField, "day of month"), ("* * 15W * *", .invalidField, "day of month"),
        ("* * * * 5#3", .invalidField, "day of week"), (", * * * *", .invalidField, "minute"),
        ("99999999999999999999 * * * *", .invalidField, "minute"), ("* * * * jan", .invalidField, "day of week"),
        ("@Daily", .unknownDescriptor, "descriptor"), ("@DAILY", .unknownDescriptor, "descriptor"),
        ("@daily ", .unknownDescriptor, "descriptor"), ("@reboot", .unknownDescriptor, "descriptor"),
        ("@", .unknownDescriptor, "descriptor"), ("@every", .unknownDescriptor, "descriptor"),
        ("@Every 1h", .unknownDescriptor, "descriptor"), (" @daily", .fieldCount, "spec"),
        ("@every ", .invalidDuration, "descriptor"), ("@every 5", .invalidDuration, "descriptor"),
        ("@every  1h", .invalidDuration, "descriptor"), ("@every 1d", .invalidDuration, "descriptor"),
        ("@every 1h ", .invalidDuration, "descriptor"), ("@every .s", .invalidDuration, "descriptor"),
        ("@every 9999999h", .invalidDuration, "descriptor"), ("@every --1s", .invalidDuration, "descriptor"),
        ("TZ=UTC", .zoneWithoutSchedule, "zone"), ("CRON_TZ=", .zoneWithoutSchedule, "zone"),
        ("TZ=", .zoneWithoutSchedule, "zone"), ("CRON_TZ=Europe/Berlin", .zoneWithoutSchedule, "zone"),
        ("TZ=UTC\t* * * * *", .unknownZone, "zone"), ("TZ=Nowhere/City * * * * *", .unknownZone, "zone"),
        ("TZ=PST * * * * *", .unknownZone, "zone"), ("TZ=GMT+2 * * * * *", .unknownZone, "zone"),
        ("TZ=../UTC * * * * *", .unknownZone, "zone"), ("TZ=UTC ", .fieldCount, "spec"),
        ("tz=UTC * * * * *", .fieldCount, "spec"), ("TZ=UTC CRON_TZ=UTC * * * * *", .fieldCount, "spec"),
    ]

    @Test(arguments: refused)
    func `item 65: refused as robfig/cron v3 refuses it, with what and where`(
        spec: String, code: CronError.Code, place: String
    ) {
        let error = #expect(throws: CronError.self) { try CronSchedule(spec) }
        #expect(error?.code == code)
        #expect(error?.place == place)
    }

    @Test func `an error names the place, what was found and what is wrong`() {
        let error = #expect(throws: CronError.self) { try CronSchedule("0 0 * * 1,7") }
        #expect(error?.description == "day of week \"7\": takes 0 to 6 only")
    }

    @Test func `an error shows no more than the beginning of a long spec`() {
        let error = #expect(throws: CronError.self) { try CronSchedule(String(repeating: "x", count: 10_000)) }
        #expect(error?.found.count == 60)
    }
}
