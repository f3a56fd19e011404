import ScheduleTasks
import TaskQueue
import Testing

@Suite struct ScheduleTaskTypeTests {
    @Test(arguments: [
        ("ods:import", 3, 600), ("amion:scrape", 2, 270), ("coverage:calculate", 1, 120), ("schedule:sync", 2, 990),
    ])
    func `each type has its retries, and its timeout with the most months there can be`(
        name: String, retries: Int, seconds: Int
    ) throws {
        let type = try #require(ScheduleTaskType(rawValue: name))
        #expect(type.maxRetry == retries)
        #expect(type.timeout(months: nil) == .seconds(seconds))
    }

    @Test(arguments: [(1, 120), (9, 120), (10, 130), (12, 150), (24, 270)])
    func `a scrape may take 30 s and 10 s a month, and never less than 120 s`(months: Int, seconds: Int) {
        #expect(ScheduleTaskType.amionScrape.timeout(months: months) == .seconds(seconds))
        #expect(ScheduleTaskType.scheduleSync.timeout(months: months) == .seconds(720 + seconds))
        #expect(ScheduleTaskType.odsImport.timeout(months: months) == .seconds(600))
        #expect(ScheduleTaskType.coverageCalculate.timeout(months: months) == .seconds(120))
    }

    @Test func `retries wait 10, 30, 60 and then always 300 s`() {
        let delays = (0...5).map { ScheduleTaskType.retryDelay(retried: $0) }
        #expect(delays == [10, 30, 60, 300, 300, 300].map { .seconds($0) })
    }

    @Test(arguments: ScheduleTaskType.allCases)
    func `the options of a task are those of its type`(type: ScheduleTaskType) {
        let options = type.options(taskID: "t-1", queue: "hospital-NORTH", months: 12)
        #expect(options.queue == "hospital-NORTH")
        #expect(options.taskID == "t-1")
        #expect(options.maxRetry == type.maxRetry)
        #expect(options.timeout == type.timeout(months: 12))
        #expect(options.retention == .seconds(86_400))
    }

    @Test(arguments: ["NORTH", "A", "0", "N-1_B", "9-", String(repeating: "A", count: 32)])
    func `a hospital's queue is named for its code`(code: String) {
        #expect(ScheduleQueue.name(hospitalCode: code) == "hospital-" + code)
    }

    @Test(arguments: [
        "", "north", "-A", "_A", "A B", "A:B", "A{B}", "Ä", "A\n", "A/B", "A.B", String(repeating: "A", count: 33),
    ])
    func `what is no code names no queue`(code: String) {
        #expect(ScheduleQueue.name(hospitalCode: code) == nil)
        #expect(!ScheduleQueue.isValid(hospitalCode: code))
    }
}
