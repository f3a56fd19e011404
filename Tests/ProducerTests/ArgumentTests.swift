import Foundation
import ScheduleTasks
import TaskQueue
import Testing

@testable import schedcu

@Suite struct ArgumentTests {
    @Test(arguments: [
        ("90s", Duration.seconds(90)), ("1h30m", .seconds(5400)), ("2d", .seconds(172_800)),
        ("500ms", .milliseconds(500)), ("1.5h", .seconds(5400)), ("0", .zero),
    ])
    func `spans are read as people write them`(text: String, duration: Duration) {
        #expect(DurationArgument(argument: text)?.duration == duration)
    }

    @Test(arguments: ["", "10", "s", "-5s", "1y", "5 m", "1e3s", "99999999999999d"])
    func `what is no span is refused`(text: String) {
        #expect(DurationArgument(argument: text) == nil)
    }

    @Test func `an instant needs an offset`() {
        #expect(InstantArgument(argument: "2026-03-06T02:00:00+02:00")?.date.timeIntervalSince1970 == 1_772_755_200)
        #expect(InstantArgument(argument: "2026-03-06T00:00:00.500Z")?.date.timeIntervalSince1970 == 1_772_755_200.5)
        #expect(InstantArgument(argument: "2026-03-06T02:00:00") == nil)
        #expect(InstantArgument(argument: "tomorrow") == nil)
    }

    @Test(arguments: [
        ["check", "a.ods", "--vocabulary", "v.yaml", "--zone", "America/New_York", "--json"],
        ["check", "a.ods", "--from", "2026-03-01", "--to", "2026-03-31"],
        ["import", "a.ods", "--hospital", "NORTH", "--then", "scrape,coverage", "--layout", "grid", "--force"],
        ["import", "a.ods", "--hospital", "NORTH", "--at", "2026-03-06T02:00:00Z", "--unique", "1h", "--dry-run"],
        ["scrape", "--hospital", "NORTH", "--version", "0b1c3d52-3d4f-4e6a-8b7c-9d0e1f2a3b4c"],
        ["scrape", "--hospital", "NORTH", "--months", "24", "--rate-scope", "global"],
        ["coverage", "--version", "0b1c3d52-3d4f-4e6a-8b7c-9d0e1f2a3b4c", "--threshold", "95"],
        ["sync", "a.ods", "--hospital", "NORTH", "--watch", "--months", "6", "--threshold", "90"],
        ["watch", "task-1", "--queue", "hospital-NORTH", "--from-seq", "3", "--until-done"],
        ["watch", "--all", "--json"], ["watch", "--hospital", "NORTH"],
        [
            "tasks", "list", "--queue", "default", "--state", "retry", "--page", "2", "--size", "5", "--type",
            "ods:import",
        ],
        ["tasks", "cancel", "--all", "--state", "pending", "--queue", "hospital-NORTH"],
        ["hospitals", "add", "NORTH", "--name", "North Campus", "--timezone", "America/New_York"],
        ["hospitals", "set", "NORTH", "--name", "North"], ["hospitals", "set", "NORTH", "--timezone", "UTC"],
        ["hospitals", "settings", "set", "NORTH", "amion.base_url", "http://127.0.0.1:1"],
        ["hospitals", "holidays", "set", "NORTH", "2026-12-25", "Christmas"],
        ["people", "sync", "people.yaml", "--as", "a@b.example"],
    ])
    func `the commands of the contract parse`(arguments: [String]) throws {
        _ = try SchedcuCommand.command(from: arguments)
    }

    @Test(arguments: [
        ["import", "a.ods"], ["import", "a.ods", "--hospital", "north"],
        ["import", "a.ods", "--hospital", "NORTH", "--from", "2026-03-01"],
        ["import", "a.ods", "--hospital", "NORTH", "--from", "2026-03-02", "--to", "2026-03-01"],
        ["import", "a.ods", "--hospital", "NORTH", "--at", "2026-03-06T02:00:00Z", "--in", "1h"],
        ["import", "a.ods", "--hospital", "NORTH", "--then", "coverage,scrape"],
        ["import", "a.ods", "--hospital", "NORTH", "--max-error-rate", "1.1"],
        ["import", "a.ods", "--hospital", "NORTH", "--redis", "redis://:secret@127.0.0.1"],
        ["import", "a.ods", "--hospital", "NORTH", "--postgres", "postgresql://a:secret@127.0.0.1/x"],
        ["scrape", "--hospital", "NORTH", "--months", "25"], ["coverage"], ["watch"],
        ["scrape", "--hospital", "NORTH", "--months", "2", "--from", "2026-03-01", "--to", "2026-03-31"],
        ["watch", "--all", "--until-done"], ["watch", "x", "--all"], ["tasks", "cancel"],
        ["tasks", "cancel", "--all", "--queue", "default"], ["tasks", "list", "--page", "0"], ["nonsense"],
        ["scrape", "--hospital", "NORTH", "--full"], ["hospitals", "set", "NORTH"],
        ["hospitals", "set", "--name", "North"],
    ])
    func `what the contract does not know is exit status 64 and one line`(arguments: [String]) throws {
        let error = try #require(throws: (any Error).self) { try SchedcuCommand.command(from: arguments) }
        let line = SchedcuCommand.errorLine(for: error)
        #expect(line.status == .usage)
        let text = try #require(line.text)
        #expect(text.hasPrefix("schedcu: error: "))
        #expect(!text.contains("\n"))
        #expect(!text.contains("secret"))
    }

    @Test func `a workbook outlives the last try of its task by a day`() {
        var options = ScheduleTaskType.odsImport.options(taskID: "t", queue: "q", months: nil)
        options.processIn = .seconds(3600)
        // One hour's wait, four tries of ten minutes, waits of 10, 30 and 60 s with a fifth on top, and a day.
        #expect(BlobLifetime.of(options, now: Date()) == .seconds(3600 + 4 * 600 + 120 + 86_400))
    }

    @Test func `the ids of a chain follow from the first`() {
        let chain = Enqueuer.chain(taskID: "first", queue: "hospital-NORTH", steps: 3)
        #expect(chain.first == TaskReference(queue: "hospital-NORTH", id: "first"))
        #expect(Set(chain).count == 3)
        #expect(chain == Enqueuer.chain(taskID: "first", queue: "hospital-NORTH", steps: 3))
    }
}
