import Foundation
import Testing

@testable import TaskEvents

@Suite struct TaskEventJSONTests {
    private let event = TaskEvent(
        seq: 7, taskID: "t-1", type: "ods:import", queue: "hospital-NYC", hospital: "NYC", workflowID: "w-1",
        at: Date(timeIntervalSince1970: 1_772_762_400.125), attempt: 2, worker: "host:42", kind: .phase,
        body: EventBody.phaseEnded("ods", statements: 3))

    @Test func `an event has the keys of the interface`() {
        let expected =
            #"{"at":"2026-03-06T02:00:00.125Z","attempt":2,"hospital":"NYC","kind":"phase","phase":"ods","#
            + #""queue":"hospital-NYC","seq":7,"state":"end","statements":3,"task_id":"t-1","type":"ods:import","v":1,"#
            + #""worker":"host:42","workflow_id":"w-1"}"#
        #expect(String(decoding: event.encoded(), as: UTF8.self) == expected)
    }

    @Test func `an event reads back as itself`() throws {
        #expect(try TaskEvent(decoding: event.encoded()) == event)
    }

    @Test func `hospital and workflow are left out when there is none`() throws {
        let bare = TaskEvent(
            seq: 1, taskID: "t", type: "x", queue: "default", at: Date(timeIntervalSince1970: 0), attempt: 1,
            worker: "h:1", kind: .started)
        let members = try #require(JSONValue(parsing: bare.encoded()).objectValue)
        #expect(members.keys.sorted() == ["at", "attempt", "kind", "queue", "seq", "task_id", "type", "v", "worker"])
        #expect(try TaskEvent(decoding: bare.encoded()) == bare)
    }

    @Test func `a body cannot change the envelope`() throws {
        let forged = TaskEvent(
            seq: 3, taskID: "t", type: "x", queue: "default", at: Date(timeIntervalSince1970: 0), attempt: 1,
            worker: "h:1", kind: .log, body: ["seq": 99, "task_id": "other", "message": "m"])
        let read = try TaskEvent(decoding: forged.encoded())
        #expect(read.seq == 3)
        #expect(read.taskID == "t")
        #expect(read.body == ["message": "m"])
    }

    static let bodies: [(TaskEvent.Kind, [String: JSONValue], Set<String>)] = [
        (.started, [:], []),
        (.phase, EventBody.phaseBegan("ods"), ["phase", "state"]),
        (.phase, EventBody.phaseEnded("ods", statements: 3), ["phase", "state", "statements"]),
        (
            .progress,
            ProgressMeter().body(
                of: ProgressReport(
                    phase: "ods", done: 1, total: nil, unit: "rows", at: .distantPast, moment: .zero)),
            ["phase", "done", "total", "unit", "rate", "eta_s"]
        ),
        (.errors, EventBody.errors([["code": "X"]], total: 1), ["messages", "total"]),
        (.log, EventBody.log(level: "info", message: "m"), ["level", "message"]),
        (.finished, EventBody.finished(outcome: "SUCCESS", result: ["rows": 2]), ["outcome", "result"]),
        (
            .retrying, EventBody.retrying(error: "e", retryAt: Date(timeIntervalSince1970: 60), retriesLeft: 2),
            ["error", "retry_at", "retries_left"]
        ),
        (.failed, EventBody.failed(error: "e", code: "C"), ["error", "code"]),
        (.cancelled, EventBody.cancelled(by: "user"), ["by"]),
    ]

    @Test(arguments: bodies)
    func `each kind has the keys of the interface`(
        kind: TaskEvent.Kind, body: [String: JSONValue], keys: Set<String>
    ) throws {
        #expect(Set(body.keys) == keys)
        let event = TaskEvent(
            seq: 1, taskID: "t", type: "x", queue: "q", at: Date(timeIntervalSince1970: 0), attempt: 1, worker: "h:1",
            kind: kind, body: body)
        #expect(try TaskEvent(decoding: event.encoded()).body == body)
    }

    @Test func `all nine kinds are covered`() {
        #expect(Set(Self.bodies.map(\.0)) == Set(TaskEvent.Kind.allCases))
        #expect(TaskEvent.Kind.allCases.filter(\.endsTask) == [.finished, .failed, .cancelled])
    }

    @Test(arguments: ["v", "seq", "task_id", "type", "queue", "at", "attempt", "worker", "kind"])
    func `an event without a key is refused and the key is named`(key: String) throws {
        var members = try #require(JSONValue(parsing: event.encoded()).objectValue)
        members[key] = nil
        let error = #expect(throws: TaskEventError.self) {
            try TaskEvent(decoding: JSONValue.object(members).encoded())
        }
        #expect(error?.reason.contains("key \(key) ") == true)
    }

    @Test(
        arguments: [
            ("v", 2), ("seq", 0), ("seq", 9_007_199_254_740_993), ("seq", 1.5), ("task_id", 1), ("hospital", 1),
            ("at", "yesterday"), ("kind", "other"),
        ] as [(String, JSONValue)])
    func `an event with a key of another form is refused`(key: String, value: JSONValue) throws {
        var members = try #require(JSONValue(parsing: event.encoded()).objectValue)
        members[key] = value
        #expect(throws: TaskEventError.self) { try TaskEvent(decoding: JSONValue.object(members).encoded()) }
    }

    @Test func `an event above 64 KiB is refused`() {
        #expect(throws: TaskEventError.self) { try TaskEvent(decoding: [UInt8](repeating: 0x20, count: 65_537)) }
    }

    @Test(arguments: [
        (0.0, "1970-01-01T00:00:00.000Z"), (1.0009, "1970-01-01T00:00:01.001Z"), (1.9996, "1970-01-01T00:00:02.000Z"),
        (-0.25, "1969-12-31T23:59:59.750Z"), (1_772_762_400.007, "2026-03-06T02:00:00.007Z"),
    ])
    func `moments have milliseconds`(seconds: Double, text: String) throws {
        #expect(EventTimestamp.text(of: Date(timeIntervalSince1970: seconds)) == text)
        let read = try #require(EventTimestamp.date(of: text))
        #expect(EventTimestamp.text(of: read) == text)
    }

    @Test func `moments with an offset or without fraction are read`() {
        #expect(EventTimestamp.date(of: "2026-03-06T03:00:00+01:00") == Date(timeIntervalSince1970: 1_772_762_400))
        #expect(EventTimestamp.date(of: "2026-03-06T02:00:00.5Z") == Date(timeIntervalSince1970: 1_772_762_400.5))
    }
}
