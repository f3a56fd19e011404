import Foundation
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct TypedTaskTests {
    private let fixture: ServerFixture
    private let outcomes = Outcomes()

    init() throws { fixture = try ServerFixture() }

    @Test func `a payload that does not decode is archived at once, with the key in the stored error`() async throws {
        let mux = ServeMux()
        mux.handle(SendMail.self) { _, _ in }
        try await fixture.client.enqueue(
            QueueTask(type: "mail:send", payload: Array(#"{"schema_version":3,"recipients":"x"}"#.utf8)),
            EnqueueOptions(taskID: "bad"))
        try await fixture.client.enqueue(SendMail(recipients: [], subject: "s"), EnqueueOptions(taskID: "good"))
        let configuration = ServerFixture.configuration { $0.report(to: outcomes) }
        try await fixture.withServer(configuration, handler: mux) { _ in _ = try await outcomes.next(2) }
        let task = try await fixture.inspector.task("bad", in: "default")
        #expect(task.state == .archived)
        #expect(task.retried == 0)
        #expect(task.lastError == #"bad payload of "mail:send" (version 3): recipients is not a list"#)
        await #expect(throws: InspectorError.self) { try await fixture.inspector.task("good", in: "default") }
    }
}
