import Foundation
import Testing

@testable import TaskQueue

/// The payload of a mail, as it is in its third version.
struct SendMail: TaskPayload, Equatable {
    struct Recipient: Codable, Equatable {
        var address: String
    }

    static let taskType = "mail:send"
    static let schemaVersion = 3

    var recipients: [Recipient]
    var subject: String
    var attempts: Int = 1
    var labels: [String: Int] = [:]

    /// Version 1 had one recipient's address; version 2 had no attempts.
    static func upcast(_ payload: inout PayloadValue, from version: Int) throws {
        switch version {
        case 1:
            guard let address = payload["to"]?.string else { throw InvalidPayload("to", "is not an address") }
            payload["to"] = nil
            payload["recipients"] = [["address": .string(address)]]
        default:
            payload["attempts"] = 2
            payload["labels"] = [:]
        }
    }
}

/// A first version that newer workers may outrun.
struct Lenient: TaskPayload, Equatable {
    static let taskType = "lenient"
    static let acceptsNewerVersions = true
    var name: String
    var link: String?
}

private struct Bare: TaskPayload {
    static let taskType = "bare"
    let value: Double
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

private struct Ratio: TaskPayload {
    static let taskType = "ratio"
    var ratio: Double
}

private struct SelfNumbered: TaskPayload {
    static let taskType = "self-numbered"
    static let schemaVersion = 2
    var schema_version: Int
}

private struct Empty: TaskPayload {
    static let taskType = "empty"
    static let schemaVersion = 2
}

private struct Numbers: TaskPayload {
    enum Colour: String, Codable { case red }
    struct Row: Codable { var small: UInt8 }
    static let taskType = "numbers"
    var rows: [Row]
    var amount: UInt?
    var id: UUID?
    var colour: Colour?
    var link: URL?
}

private struct Ruled: TaskPayload {
    static let taskType = "ruled"
    init(from decoder: any Decoder) throws { throw InvalidPayload("name", "is too long") }
    func encode(to encoder: any Encoder) throws {}
}

private struct Careless: TaskPayload {
    static let taskType = "careless"
    init(from decoder: any Decoder) throws { throw TestFailure(description: "secret") }
    func encode(to encoder: any Encoder) throws {}
}

@Suite struct TaskPayloadTests {
    private func text(_ task: QueueTask) -> String { String(decoding: task.payload ?? [], as: UTF8.self) }

    private func mail(_ json: String) -> QueueTask { QueueTask(type: "mail:send", payload: Array(json.utf8)) }

    private func refusal<Payload: TaskPayload>(of task: QueueTask, as type: Payload.Type = SendMail.self) -> String? {
        #expect(throws: PayloadDecodingError.self) { try Payload(decoding: task) }?.description
    }

    @Test func `a payload travels as JSON with its version first and its keys in order, the same each time`() throws {
        let payload = SendMail(recipients: [.init(address: "a/b")], subject: "s", labels: ["y": 1, "x": 2])
        let expected =
            #"{"schema_version":3,"attempts":1,"labels":{"x":2,"y":1},"recipients":[{"address":"a/b"}],"subject":"s"}"#
        for _ in 1...5 { #expect(text(try QueueTask(payload)) == expected) }
        #expect(try QueueTask(payload).type == "mail:send")
        #expect(try SendMail(decoding: QueueTask(payload)) == payload)
    }

    @Test func `a first version is a plain object, and an object without keys gets its version too`() throws {
        #expect(text(try QueueTask(Lenient(name: "n", link: nil))) == #"{"name":"n"}"#)
        #expect(text(try QueueTask(Empty())) == #"{"schema_version":2}"#)
    }

    @Test func `older versions are brought up step by step`() throws {
        #expect(
            try SendMail(decoding: mail(#"{"to":"x","subject":"s"}"#))
                == SendMail(recipients: [.init(address: "x")], subject: "s", attempts: 2))
        #expect(
            try SendMail(decoding: mail(#"{"schema_version":2,"recipients":[],"subject":"s"}"#))
                == SendMail(recipients: [], subject: "s", attempts: 2))
    }

    @Test(arguments: [
        (#"{"to":5,"subject":"s"}"#, #"bad payload of "mail:send" (version 1): to is not an address"#),
        (
            #"{"schema_version":4}"#,
            #"bad payload of "mail:send" (version 4): schema_version is newer than 3, the newest that this worker "#
                + "knows; run it on a newer worker"
        ),
        (
            #"{"schema_version":"4"}"#,
            #"bad payload of "mail:send": schema_version is not a whole number from 1"#
        ),
        (#"{"schema_version":0}"#, #"bad payload of "mail:send": schema_version is not a whole number from 1"#),
        ("", #"bad payload of "mail:send": it is not JSON"#),
        ("secret", #"bad payload of "mail:send": it is not JSON"#),
        ("[1]", #"bad payload of "mail:send": it is not an object"#),
        (
            #"{"schema_version":3,"recipients":[{"address":"a"},{}],"subject":"s","attempts":1,"labels":{}}"#,
            #"bad payload of "mail:send" (version 3): recipients[1].address is missing"#
        ),
        (
            #"{"schema_version":3,"recipients":[{"address":17}],"subject":"s","attempts":1,"labels":{}}"#,
            #"bad payload of "mail:send" (version 3): recipients[0].address is not a text"#
        ),
        (
            #"{"schema_version":3,"recipients":[],"subject":"s","attempts":"secret","labels":{}}"#,
            #"bad payload of "mail:send" (version 3): attempts is not a whole number"#
        ),
        (
            #"{"schema_version":3,"recipients":[],"subject":"s","attempts":null,"labels":{}}"#,
            #"bad payload of "mail:send" (version 3): attempts is null, not a whole number"#
        ),
        (
            #"{"schema_version":3,"recipients":[],"subject":"s","attempts":1,"labels":{"Ms Secret":"x"}}"#,
            #"bad payload of "mail:send" (version 3): labels.* is not a whole number"#
        ),
        (
            #"{"schema_version":3,"recipients":[],"subject":"s","attempts":99999999999999999999,"labels":{}}"#,
            #"bad payload of "mail:send" (version 3): attempts is not a number that Int can hold"#
        ),
        (
            #"{"schema_version":3,"recipients":[],"subject":"s","attempts":1,"labels":{"Ms Secret":1.5}}"#,
            #"bad payload of "mail:send" (version 3): labels.* is not a number that Int can hold"#
        ),
    ])
    func `what does not decode is told by type, version, key and expectation, never by value`(
        json: String, expected: String
    ) {
        #expect(refusal(of: mail(json)) == expected)
    }

    @Test(arguments: [
        (#"{"rows":[{"small":1},{"small":300}]}"#, "rows[1].small is not a number that UInt8 can hold"),
        (#"{"rows":[],"amount":-1}"#, "amount is not a number that UInt can hold"),
        (#"{"rows":[],"id":"secret"}"#, "id has a value that is not allowed"),
        (#"{"rows":[],"colour":"secret"}"#, "colour has a value that is not allowed"),
        (#"{"rows":[],"link":7}"#, "link is not a text"),
    ])
    func `a number that does not fit, deep within, is told by its key`(json: String, expected: String) {
        let task = QueueTask(type: "numbers", payload: Array(json.utf8))
        #expect(refusal(of: task, as: Numbers.self) == #"bad payload of "numbers" (version 1): "# + expected)
    }

    @Test func `an error of the payload's own is told by its text if it is meant to be, else by its kind`() {
        let task = QueueTask(type: "ruled", payload: Array(#"{"name":"secret"}"#.utf8))
        #expect(refusal(of: task, as: Ruled.self) == #"bad payload of "ruled" (version 1): name is too long"#)
        let other = QueueTask(type: "careless", payload: Array(#"{"name":"secret"}"#.utf8))
        #expect(
            refusal(of: other, as: Careless.self)
                == #"bad payload of "careless" (version 1): it was refused with an error TestFailure"#)
    }

    @Test func `a newer version is read where the type says that it may be`() throws {
        let task = QueueTask(type: "lenient", payload: Array(#"{"schema_version":9,"name":"n","more":[]}"#.utf8))
        #expect(try Lenient(decoding: task) == Lenient(name: "n", link: nil))
    }

    @Test func `a task of another type is not read`() {
        let task = QueueTask(type: "other", payload: Array(#"{"name":"n"}"#.utf8))
        #expect(refusal(of: task, as: Lenient.self)?.contains("another type") == true)
    }

    @Test func `what is no JSON object, cannot be written or numbers itself wrongly is not sent`() {
        func code(_ body: () throws -> QueueTask) -> EnqueueError.Code? {
            #expect(throws: EnqueueError.self) { _ = try body() }?.code
        }
        #expect(code { try QueueTask(Bare(value: 1)) } == .invalidPayload)
        #expect(code { try QueueTask(Ratio(ratio: .nan)) } == .invalidPayload)
        #expect(code { try QueueTask(SelfNumbered(schema_version: 1)) } == .invalidPayload)
        #expect(throws: Never.self) { try QueueTask(SelfNumbered(schema_version: 2)) }
    }

    @Test(arguments: [
        #"{"a":[null,true,1,-9223372036854775808,1.5,"t",{"b":[]}],"c":{}}"#, #"[]"#, #""t""#, "1e+300",
    ])
    func `any JSON value comes back as it was`(json: String) throws {
        let value = try JSONDecoder().decode(PayloadValue.self, from: Data(json.utf8))
        let again = try JSONDecoder().decode(PayloadValue.self, from: JSONEncoder().encode(value))
        #expect(again == value)
    }

    @Test func `a typed handler gets its own type only`() async throws {
        let mux = ServeMux()
        let subjects = Mailbox<String>()
        mux.handle(SendMail.self) { mail, _ in subjects.send(mail.subject) }
        let context = TaskContext(taskID: "1", queue: "q")
        try await mux.process(QueueTask(SendMail(recipients: [], subject: "hello")), context: context)
        #expect(try await subjects.next() == "hello")
        await #expect(throws: HandlerNotFound.self) {
            try await mux.process(QueueTask(type: "mail:sender", payload: Array("{}".utf8)), context: context)
        }
        await #expect(throws: SkipRetry.self) { try await mux.process(mail("{}"), context: context) }
    }
}
