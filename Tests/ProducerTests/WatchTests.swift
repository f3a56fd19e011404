import Foundation
import ScheduleTasks
import TaskEvents
import TaskQueue
import Testing

@testable import schedcu

/// An event of the task that these tests watch.
private func event(_ kind: TaskEvent.Kind, _ body: [String: JSONValue] = [:], seq: Int = 1) -> TaskEvent {
    TaskEvent(
        seq: seq, taskID: "t-1", type: "schedule:sync", queue: "hospital-NORTH", at: Date(timeIntervalSince1970: 0),
        attempt: 1, worker: "host:7", kind: kind, body: body)
}

@Suite struct WatchViewTests {
    private static let progress = event(
        .progress, ["phase": "ods", "done": 1200, "total": 2600, "unit": "rows", "rate": 350.4, "eta_s": 3.2])

    @Test func `off a terminal progress is a line with rate and time left`() {
        var view = WatchView(redraws: false, colour: Colour(isOn: false), namesTask: false)
        #expect(view.show(Self.progress).lines == ["ods: 46 % 1200/2600 rows 350/s 4 s left"])
    }

    @Test func `progress by bytes names the rows read and the bad ones among them`() {
        var view = WatchView(redraws: false, colour: Colour(isOn: false), namesTask: false)
        func line(bad: Int) -> [String] {
            let body: [String: JSONValue] = [
                "phase": "ods", "done": 50, "total": 200, "unit": "bytes", "rows": 12, "bad_rows": .integer(Int64(bad)),
                "rate": 50, "eta_s": 3,
            ]
            return view.show(event(.progress, body)).lines
        }
        #expect(line(bad: 0) == ["ods: 25 % 50/200 bytes 12 rows 50/s 3 s left"])
        #expect(line(bad: 3) == ["ods: 25 % 50/200 bytes 12 rows, 3 bad 50/s 3 s left"])
    }

    @Test func `on a terminal progress is drawn over and stays below row errors`() {
        var view = WatchView(redraws: true, colour: Colour(isOn: false), namesTask: false)
        let drawn = view.show(Self.progress)
        #expect(drawn.lines.isEmpty)
        #expect(drawn.status == "ods: [###########.............] 46 % 1200/2600 rows 350/s 4 s left")
        let errors = view.show(event(.errors, ["messages": [["severity": "WARNING", "code": "X", "message": "m"]]]))
        #expect(errors.lines == ["WARNING X m"])
        #expect(errors.status == drawn.status)
        #expect(view.show(event(.phase, ["phase": "ods", "state": "end", "statements": 3])).status == nil)
    }

    @Test func `an unknown total has no percentage`() {
        var view = WatchView(redraws: false, colour: Colour(isOn: false), namesTask: true)
        let lines = view.show(event(.progress, ["phase": "ods", "done": 5, "total": nil, "unit": "bytes"])).lines
        #expect(lines == ["hospital-NORTH t-1: ods: 5 bytes"])
    }

    @Test func `a row error names its code, cell and what was found`() {
        let message: JSONValue = [
            "severity": "error", "code": "INVALID_VALUE", "message": "required staffing is not a whole number",
            "location": ["sheet": "Sheet1", "row": 4, "column": 3, "cell": "C4"],
            "details": ["expected": "1 to 1000", "actual": "twenty"],
        ]
        #expect(
            MessageLine.text(message, colour: Colour(isOn: false))
                == "ERROR INVALID_VALUE Sheet1!C4 required staffing is not a whole number (twenty, expected 1 to 1000)")
    }

    @Test func `text from a workbook cannot move the cursor`() {
        let message: JSONValue = [
            "severity": "ERROR", "code": "A", "message": "x\u{1B}[2J\r\n", "details": ["actual": "\u{7}"],
        ]
        let line = MessageLine.text(message, colour: Colour(isOn: false))
        #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control })
    }

    @Test func `all other kinds are one line each`() {
        var view = WatchView(redraws: false, colour: Colour(isOn: false), namesTask: false)
        let shown = [
            event(.started), event(.phase, ["phase": "ods", "state": "begin"]),
            event(.phase, ["phase": "ods", "state": "end", "statements": 3]),
            event(.log, ["level": "info", "message": "hello"]), event(.finished, ["outcome": "PARTIAL"]),
            event(.retrying, ["error": "boom", "retry_at": "T", "retries_left": 1]),
            event(.failed, ["error": "ZIP_BOMB: bad", "code": "ZIP_BOMB"]), event(.cancelled, ["by": "user"]),
        ].flatMap { view.show($0).lines }
        #expect(
            shown == [
                "started on host:7", "ods: begins", "ods: done, 3 statements", "info: hello", "finished: PARTIAL",
                "failed and is tried again at T (1 try left): boom", "failed: ZIP_BOMB: bad", "cancelled by user",
            ])
    }
}

@Suite struct WatchStateMachineTests {
    @Test func `an ending event ends the watch only once the task is stored as ended`() {
        var machine = WatchStateMachine()
        #expect(machine.received(event(.started)) == .wait)
        #expect(machine.received(event(.finished)) == .lookSoon)
        #expect(machine.looked(.active) == .lookSoon)
        #expect(machine.looked(.completed) == .done)
    }

    @Test func `the end of an earlier run does not end the watch of a task that was run again`() {
        var machine = WatchStateMachine()
        _ = machine.received(event(.failed))
        #expect(machine.looked(.pending) == .lookSoon)
        #expect(machine.received(event(.started)) == .wait)
        #expect(machine.looked(.active) == .wait)
    }

    @Test(arguments: [nil, TaskState.archived, .completed])
    func `a task that another tool ended has no last event, and is over after some looks`(state: TaskState?) {
        var machine = WatchStateMachine()
        var looks = 0
        while machine.looked(state) != .done, looks < 100 { looks += 1 }
        #expect((1..<100).contains(looks))
    }

    @Test func `a task that waits is waited for`() {
        var machine = WatchStateMachine()
        for state in [TaskState.pending, .scheduled, .retry, .active] { #expect(machine.looked(state) == .wait) }
    }
}

@Suite struct TaskVerdictTests {
    private func verdict(_ ending: TaskEvent?, judgesThreshold: Bool = false) -> TaskVerdict {
        TaskVerdict(nil, ending: ending, id: "t-1", judgesThreshold: judgesThreshold)
    }

    private func finished(_ outcome: String, acceptable: Bool = true) -> TaskEvent {
        event(
            .finished,
            [
                "outcome": .string(outcome),
                "result": ["outcome": .string(outcome), "coverage": ["acceptable": .bool(acceptable)]],
            ])
    }

    @Test func `success is 0 and a partial result is 2`() {
        #expect(verdict(finished("SUCCESS")).status == .done)
        #expect(verdict(finished("PARTIAL")).status == .partial)
    }

    @Test func `coverage below the threshold is 2 only where a threshold was asked for`() {
        #expect(verdict(finished("SUCCESS", acceptable: false)).status == .done)
        #expect(verdict(finished("SUCCESS", acceptable: false), judgesThreshold: true).status == .partial)
    }

    @Test func `a failure is 1, and 65 with the code when it is the file's`() {
        let failed = verdict(event(.failed, ["error": "AUTH_FAILED: refused", "code": "AUTH_FAILED"]))
        #expect(failed.status == .failed)
        let bomb = verdict(event(.failed, ["error": "ZIP_BOMB: too large", "code": "ZIP_BOMB"]))
        #expect(bomb.status == .unusableFile)
        #expect(bomb.complaint == CommandFailure(.unusableFile, "ZIP_BOMB", "too large. correct the file"))
    }

    @Test func `cancelled and deleted tasks are 1`() {
        #expect(verdict(event(.cancelled, ["by": "user"])).complaint?.why.hasPrefix("it was cancelled") == true)
        #expect(verdict(nil).status == .failed)
    }
}
