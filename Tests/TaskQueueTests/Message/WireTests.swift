import Foundation
import TaskQueue
import Testing

@Suite struct WireTests {
    static let minimal = TaskMessage(
        type: "t", id: "i", queue: "default", maxRetry: 25, timeoutSeconds: 1800)
    static let full = TaskMessage(
        type: "email:send", payload: Array(#"{"u":1}"#.utf8), id: "id-1", queue: "default", maxRetry: 25, retried: 2,
        errorMessage: "boom", timeoutSeconds: 1800, deadlineUnixSeconds: 1_700_003_600,
        uniqueKey: "asynq:{default}:unique:email:send:x", lastFailedAtUnixSeconds: 1_700_000_000, retentionSeconds: 60,
        completedAtUnixSeconds: 1_700_000_001, groupKey: "g1", headers: ["k": "v"])
    static let fullHex =
        "0a0a656d61696c3a73656e6412077b2275223a317d1a0469642d31220764656661756c74281930023a04626f6f6d40880e4890fecfaa06"
        + "52236173796e713a7b64656661756c747d3a756e697175653a656d61696c3a73656e643a785880e2cfaa06603c6881e2cfaa06720267317a"
        + "060a016b120176"
    static let start = Date(timeIntervalSince1970: 1_700_000_000.123)

    @Test func `item 3: the golden messages of asynq-wire 2-6 decode and encode`() throws {
        let minimalHex = "0a01741a0169220764656661756c74281940880e"
        #expect(try TaskMessage(decoding: Self.bytes(minimalHex)) == Self.minimal)
        #expect(Self.hex(try Self.minimal.encoded()) == minimalHex)
        #expect(try TaskMessage(decoding: Self.bytes(Self.fullHex)) == Self.full)
        #expect(Self.hex(try Self.full.encoded()) == Self.fullHex)
    }

    @Test func `item 49: the golden server and worker snapshots decode and encode`() throws {
        let serverHex =
            "0a016810071a0173200a2a0b0a0764656661756c74100330013a06616374697665420b0880e2cfaa0610c0a9d33a4801"
        let server = ServerInfo(
            host: "h", pid: 7, serverID: "s", concurrency: 10, queues: ["default": 3], strictPriority: true,
            status: "active", startedAt: Self.start, activeWorkerCount: 1)
        #expect(try ServerInfo(decoding: Self.bytes(serverHex)) == server)
        #expect(Self.hex(try server.encoded()) == serverHex)
        let workerHex =
            "0a016810071a01732201692a01743201703a0171420b0880e2cfaa0610c0a9d33a4a0b08bce2cfaa0610c0a9d33a"
        let worker = WorkerInfo(
            host: "h", pid: 7, serverID: "s", taskID: "i", taskType: "t", taskPayload: Array("p".utf8), queue: "q",
            startedAt: Self.start, deadline: Self.start + 60)
        #expect(Self.hex(try WorkerInfo(decoding: Self.bytes(workerHex)).encoded()) == workerHex)
        #expect(Self.hex(try worker.encoded()) == workerHex)
    }

    @Test func `item 52: the golden scheduler entry and event decode and encode`() throws {
        let entryHex =
            "0a0165120940657665727920316d1a01742201702a0a51756575652822712229320b0880e2cfaa0610c0a9d33a3a0b088092b8c398feffffff01"
        let entry = SchedulerEntry(
            id: "e", spec: "@every 1m", taskType: "t", taskPayload: Array("p".utf8), enqueueOptions: [#"Queue("q")"#],
            nextEnqueueAt: Self.start, previousEnqueueAt: nil)
        #expect(try SchedulerEntry(decoding: Self.bytes(entryHex)) == entry)
        #expect(Self.hex(try entry.encoded()) == entryHex)
        let eventHex = "0a0169120b0880e2cfaa0610c0a9d33a"
        let event = SchedulerEnqueueEvent(taskID: "i", enqueuedAt: Self.start)
        #expect(try SchedulerEnqueueEvent(decoding: Self.bytes(eventHex)) == event)
        #expect(Self.hex(try event.encoded()) == eventHex)
    }

    @Test func `item 3: each message of the vectors decodes as Go reads it and encodes to equal values`() throws {
        var count = 0
        for vector in try GoldenVectors.load().cases {
            for key in vector.keys {
                guard let bytes = key.fields?["msg"]?.bytes, let golden = key.message else { continue }
                let message = try TaskMessage(decoding: bytes)
                #expect(message == golden.message, Comment(rawValue: vector.name))
                #expect(try TaskMessage(decoding: message.encoded()) == message, Comment(rawValue: vector.name))
                // Go writes several headers in no fixed order.
                if message.headers.count < 2 { #expect(try message.encoded() == bytes, Comment(rawValue: vector.name)) }
                count += 1
            }
        }
        #expect(count > 60)
    }

    @Test func `item 52: the scheduler's messages of the vectors decode and encode to equal values`() throws {
        let vector = try GoldenVectors.named("scheduler")
        let list = try #require(vector.keys.first { $0.type == "list" }?.items)
        let entries = try list.map { try SchedulerEntry(decoding: $0.bytes) }
        #expect(entries.map(\.spec) == ["*/5 * * * *", "@every 30s"])
        #expect(entries.map { $0.previousEnqueueAt == nil } == [false, true])
        for entry in entries {
            let again = try SchedulerEntry(decoding: entry.encoded())
            #expect(abs(again.nextEnqueueAt.timeIntervalSince(entry.nextEnqueueAt)) < 1e-6)
            #expect(again.enqueueOptions == entry.enqueueOptions)
        }
        let history = try #require(vector.keys.first { $0.key.hasPrefix("asynq:scheduler_history:") }?.members?.first)
        let event = try SchedulerEnqueueEvent(decoding: history.bytes)
        #expect(abs(event.enqueuedAt.timeIntervalSince1970 - 1_893_456_000.123456789) < 1e-6)
    }

    @Test func `headers are written in the order of their keys`() throws {
        var message = Self.minimal
        message.headers = Dictionary(uniqueKeysWithValues: (0..<50).map { ("key\($0)", "\($0)") })
        let bytes = try message.encoded()
        var copy = Self.minimal
        for key in message.headers.keys.sorted().reversed() { copy.headers[key] = message.headers[key] }
        #expect(try copy.encoded() == bytes)
        #expect(try TaskMessage(decoding: bytes) == message)
    }

    @Test(arguments: [Int64.min, -315_619_200, -1, 0, 1, 127, 128, 300, .max])
    func `a number of any size survives`(number: Int64) throws {
        var message = Self.minimal
        (message.deadlineUnixSeconds, message.maxRetry) = (number, Int32(clamping: number))
        #expect(try TaskMessage(decoding: message.encoded()) == message)
    }

    @Test func `fields of later versions are passed over, whatever their layout`() throws {
        // 16: number, 17: 8 bytes, 18: text, 19: group with a group in it, 20: 4 bytes; then field 1 laid out as a number.
        let unknown = "800101" + "89010102030405060708" + "9201026869" + "9b010b08010c9c01" + "a50101020304" + "0805"
        let bytes = try Self.bytes(unknown) + Self.minimal.encoded() + Self.bytes(unknown)
        #expect(try TaskMessage(decoding: bytes) == Self.minimal)
    }

    @Test(
        arguments: [
            ("0a02c328", WireError.Code.invalidUTF8, "type"), ("7a050a01ff1200", .invalidUTF8, "headers"),
            ("0a05", .truncated, "type"), ("28", .truncated, "retry"),
            ("28ffffffffffffffffff7f", .malformedVarint, "retry"),
            ("0affffffffffffffffff01", .truncated, "type"), ("00", .malformedTag, nil), ("0e", .malformedTag, nil),
            ("9c01", .malformedTag, nil), ("9b01", .truncated, nil),
        ] as [(String, WireError.Code, String?)])
    func `a damaged message names its field`(hex: String, code: WireError.Code, field: String?) throws {
        let error = #expect(throws: WireError.self) { try TaskMessage(decoding: Self.bytes(hex)) }
        #expect(error == WireError(code, message: "TaskMessage", field: field))
    }

    @Test func `a message cut at any byte, and one with any byte changed, is refused or read, and never a crash`()
        throws
    {
        let bytes = try Self.full.encoded()
        for end in bytes.indices { _ = try? TaskMessage(decoding: Array(bytes[..<end])) }
        for index in bytes.indices {
            for value in UInt8.min...UInt8.max {
                var changed = bytes
                changed[index] = value
                guard let message = try? TaskMessage(decoding: changed) else { continue }
                #expect(try TaskMessage(decoding: message.encoded()) == message)
            }
        }
    }

    @Test func `a group nested without end is refused`() {
        let bytes = (0..<100_000).flatMap { _ in [0x9B, 0x01] as [UInt8] }
        #expect(throws: WireError.self) { try TaskMessage(decoding: bytes) }
    }

    // As numbers, because Foundation's own description of such dates traps.
    @Test(arguments: [TimeInterval.nan, .infinity, -1e18, 1e18, 253_402_300_800, -62_135_596_801])
    func `a moment that no Timestamp holds is an error and no crash`(unixSeconds: TimeInterval) {
        let event = SchedulerEnqueueEvent(taskID: "i", enqueuedAt: Date(timeIntervalSince1970: unixSeconds))
        #expect(throws: WireError(.momentOutOfRange, message: "SchedulerEnqueueEvent", field: "enqueue_time")) {
            try event.encoded()
        }
    }

    @Test(arguments: [-62_135_596_800, -1.5, 0, 0.000001, 1_700_000_000.999999, 253_402_300_799] as [TimeInterval])
    func `a moment survives to the microsecond`(unixSeconds: TimeInterval) throws {
        let event = SchedulerEnqueueEvent(taskID: "i", enqueuedAt: Date(timeIntervalSince1970: unixSeconds))
        let again = try SchedulerEnqueueEvent(decoding: event.encoded())
        #expect(abs(again.enqueuedAt.timeIntervalSince(event.enqueuedAt)) < 1e-6)
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String(Int($0) + 256, radix: 16).dropFirst() }.joined()
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }
}
