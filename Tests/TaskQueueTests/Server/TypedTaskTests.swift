import Foundation
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct TypedTaskTests: ServerSuite {
    let fixture: ServerFixture

    init() throws { fixture = try ServerFixture() }

    @Test func `a payload that does not decode is archived at once, with the key in the stored error`() async throws {
        let mux = ServeMux()
        mux.handle(SendMail.self) { _, _ in }
        try await client.enqueue(
            QueueTask(type: "mail:send", payload: Array(#"{"schema_version":3,"recipients":"x"}"#.utf8)),
            EnqueueOptions(taskID: "bad"))
        try await client.enqueue(SendMail(recipients: [], subject: "s"), EnqueueOptions(taskID: "good"))
        try await withServer(handler: mux) { _ in _ = try await outcomes.next(2) }
        let bad = try await task("bad")
        #expect(bad.state == .archived)
        #expect(bad.retried == 0)
        #expect(bad.lastError == #"bad payload of "mail:send" (version 3): recipients is not a list"#)
        await #expect(throws: InspectorError.self) { try await task("good") }
    }
}
