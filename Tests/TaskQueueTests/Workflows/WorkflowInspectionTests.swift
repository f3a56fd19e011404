import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What an operator sees of a workflow, and how it is cancelled.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct WorkflowInspectionTests {
    private let fixture: BrokerFixture
    private var inspector: TaskInspector { fixture.inspector }

    init() throws { fixture = try BrokerFixture() }

    @Test func `an operator sees each step's state, task and predecessors`() async throws {
        let broker = fixture.broker
        let roots = ["done", "runs", "waits", "retries", "failed", "deleted"]
        try await fixture.create(roots.map { ($0, []) } + [("join", roots)])
        #expect(try await fixture.completeNext() == "f.done")
        _ = try await fixture.taken()
        try await inspector.deleteTask("f.waits", in: "default")
        let retried = try await fixture.taken().run
        _ = try await broker.retry(retried, at: fixture.clock.now + 60, error: "not yet", isFailure: true)
        _ = try await broker.archive(fixture.taken().run, error: "the payload does not decode")
        let info = try await fixture.flow()
        #expect(info.id == "f")
        #expect(info.createdAt == Date(timeIntervalSince1970: 1_893_456_000))
        #expect(info.steps.map(\.name) == roots + ["join"])
        #expect(info.steps.map(\.state) == [.completed, .active, .gone, .retry, .archived, .pending, .waiting])
        #expect(info.steps.map(\.taskID) == (roots + ["join"]).map { "f.\($0)" })
        #expect(info.step("join")?.predecessors == roots)
        #expect(info.step("failed")?.lastError == "the payload does not decode")
        #expect(info.step("retries")?.lastError == "not yet")
        #expect(info.step("done")?.completedAt == info.createdAt)
        #expect(info.step("runs")?.completedAt == nil)
    }

    @Test func `a workflow with an archived step has failed, and goes on when the step is run again and succeeds`()
        async throws
    {
        try await fixture.create([("a", []), ("b", ["a"])])
        #expect(try await fixture.broker.archive(fixture.taken().run, error: "no") == .written)
        #expect(try await fixture.flow().state == .failed)
        #expect(try await fixture.flow().step("a")?.lastError == "no")
        #expect(try await fixture.states() == ["a": .archived, "b": .waiting])
        #expect(try await fixture.broker.sweepWorkflows(in: "default") == 0)
        #expect(try await fixture.pending() == [])
        try await inspector.runTask("f.a", in: "default")
        #expect(try await fixture.flow().state == .running)
        #expect(try await fixture.completeNext() == "f.a")
        #expect(try await fixture.flow().step("a")?.lastError == nil)
        #expect(try await fixture.completeNext() == "f.b")
        #expect(try await fixture.flow().state == .succeeded)
    }

    @Test(arguments: ["deleted by our tools", "deleted by Go's", "revoked"])
    func `a workflow one of whose tasks is gone is stopped, and nothing is guessed`(how: String) async throws {
        try await fixture.create([("a", []), ("b", ["a"])])
        switch how {
        case "revoked": #expect(try await fixture.broker.done(fixture.taken().run) == .written)
        case "deleted by Go's": #expect(try await fixture.go.delete("f.a") == 1)
        default: try await inspector.deleteTask("f.a", in: "default")
        }
        #expect(try await fixture.broker.sweepWorkflows(in: "default") == 0)
        #expect(try await fixture.flow().state == .stopped)
        #expect(try await fixture.states() == ["a": .gone, "b": .waiting])
        #expect(try await fixture.pending() == [])
    }

    @Test func `a step whose task went after its success is no reason to stop`() async throws {
        try await fixture.create([("a", []), ("b", ["a"])])
        try await fixture.completeNext()
        try await inspector.deleteTask("f.a", in: "default")
        #expect(try await fixture.flow().state == .running)
        #expect(try await fixture.states() == ["a": .completed, "b": .pending])
    }

    @Test func `workflows are listed by page, the newest first, without those that have expired`() async throws {
        for number in 1...5 {
            try await fixture.create([("a", [])], id: "f\(number)")
            fixture.clock.advance(by: 1)
        }
        _ = try await fixture.send("DEL", "schedcu:{default}:workflow:f4")
        #expect(try await inspector.workflows(in: "default").map(\.id) == ["f5", "f3", "f2", "f1"])
        #expect(try await inspector.workflows(in: "default", page: 1, size: 2).map(\.id) == ["f5"])
        #expect(try await inspector.workflows(in: "default", page: 3, size: 2).map(\.id) == ["f1"])
        #expect(try await inspector.workflows(in: "default", page: 4, size: 2) == [])
        #expect(try await inspector.workflows(in: "default").first == fixture.flow("f5"))
        await #expect(throws: InspectorError.self) { try await inspector.workflows(in: "nobody's") }
        #expect(try await refusal { try await inspector.workflow("f4", in: "default") } == .workflowNotFound)
        #expect(try await refusal { try await inspector.workflow("f1", in: "nobody's") } == .queueNotFound)
    }

    // MARK: Cancelling

    @Test func `a cancelled workflow starts nothing more, and what waits or runs of it is cancelled`() async throws {
        let broker = fixture.broker
        try await fixture.create([
            ("done", []), ("runs", []), ("waits", []), ("retries", []), ("next", ["done"]),
            ("join", ["runs", "waits"]),
        ])
        #expect(try await fixture.completeNext() == "f.done")
        let running = try await fixture.taken().run
        let retried = try await fixture.taken().run
        #expect(retried.message.id == "f.waits")
        #expect(try await broker.requeue(retried) == .written)
        try await inspector.cancelWorkflow("f", in: "default")
        #expect(try await broker.isCancellationRequested(of: running))
        #expect(
            try await fixture.states() == [
                "done": .completed, "runs": .active, "waits": .archived, "retries": .archived, "next": .archived,
                "join": .waiting,
            ])
        let info = try await fixture.flow()
        #expect(info.state == .cancelled)
        #expect(info.step("waits")?.lastError == "cancelled")
        #expect(info.step("next")?.lastError == "cancelled")
        #expect(try await fixture.pending() == [])
        // The handler did not heed it and succeeded, and an operator runs the other one again.
        #expect(try await broker.complete(running) == .written)
        try await inspector.runTask("f.waits", in: "default")
        #expect(try await fixture.completeNext() == "f.waits")
        #expect(try await fixture.pending() == [])
        #expect(try await fixture.broker.sweepWorkflows(in: "default") == 0)
        #expect(try await fixture.states()["join"] == .waiting)
        #expect(try await fixture.flow().state == .cancelled)
    }

    @Test func `cancelling a workflow again changes nothing, and finishes what was begun`() async throws {
        try await fixture.create([("a", []), ("b", []), ("c", ["a"])])
        try await inspector.cancelWorkflow("f", in: "default")
        let before = try await fixture.redis.client.storedValues()
        fixture.clock.advance(by: 5)
        try await inspector.cancelWorkflow("f", in: "default")
        #expect(try await fixture.redis.client.storedValues() == before)
        // As if the first call had ended after its mark.
        try await inspector.runTask("f.b", in: "default")
        try await inspector.cancelWorkflow("f", in: "default")
        #expect(try await fixture.states() == ["a": .archived, "b": .archived, "c": .waiting])
    }

    @Test func `a workflow that has succeeded, or is not there, is not cancelled`() async throws {
        try await fixture.create([("a", [])])
        try await fixture.completeNext()
        let before = try await fixture.redis.client.storedKeys()
        #expect(try await refusal { try await inspector.cancelWorkflow("f", in: "default") } == .wrongState)
        #expect(try await refusal { try await inspector.cancelWorkflow("g", in: "default") } == .workflowNotFound)
        #expect(try await refusal { try await inspector.cancelWorkflow("f", in: "g") } == .queueNotFound)
        #expect(try await fixture.redis.client.storedKeys() == before)
        #expect(try await fixture.flow().state == .succeeded)
    }

    @Test func `a workflow that failed or was stopped can be cancelled`() async throws {
        try await fixture.create([("a", []), ("b", []), ("c", ["a"])])
        #expect(try await fixture.broker.archive(fixture.taken().run, error: "no") == .written)
        try await inspector.deleteTask("f.b", in: "default")
        try await inspector.cancelWorkflow("f", in: "default")
        #expect(try await fixture.flow().state == .cancelled)
        #expect(try await fixture.flow().step("a")?.lastError == "no")
    }

    @Test func `I9: a cancelled workflow is kept for its retention`() async throws {
        try await fixture.create([("a", []), ("b", ["a"])])
        try await inspector.cancelWorkflow("f", in: "default")
        let left = try await fixture.secondsLeft("schedcu:{default}:workflow:f")
        #expect(left <= 3600 && left > 3500)
        #expect(try await fixture.field("message:b", ofWorkflow: "f") == nil)
    }
}
