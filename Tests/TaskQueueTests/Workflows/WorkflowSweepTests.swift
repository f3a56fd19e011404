import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What the servers' sweep makes good, and how long a workflow is kept.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct WorkflowSweepTests {
    private let fixture: BrokerFixture
    private let key = "schedcu:{default}:workflow:f"

    init() throws { fixture = try BrokerFixture() }

    @Test(arguments: [false, true])
    func `a step that a Go worker completed is handed over by the sweep, once`(dropsHeaders: Bool) async throws {
        var go = fixture.go
        go.dropsHeaders = dropsHeaders
        try await fixture.create([("a", []), ("b", []), ("c", ["a", "b"]), ("d", ["c"])])
        for _ in 1...2 {
            try await go.complete(#require(await go.dequeue()))
        }
        #expect(try await go.ids("completed").count == 2)
        #expect(try await fixture.states()["c"] == .waiting)
        #expect(try await fixture.flow().state == .running)
        #expect(try await fixture.broker.sweepWorkflows(in: "default") == 2)
        #expect(try await fixture.pending() == ["f.c"])
        #expect(try await fixture.broker.sweepWorkflows(in: "default") == 0)
        #expect(try await fixture.pending() == ["f.c"])
        #expect(try await fixture.completeNext() == "f.c")
        try await go.complete(#require(await go.dequeue()))
        #expect(try await fixture.broker.sweepWorkflows(in: "default") == 1)
        #expect(try await fixture.flow().state == .succeeded)
    }

    @Test func `a step that an old Go worker retried without its headers is handed over by the sweep`() async throws {
        var go = fixture.go
        go.dropsHeaders = true
        try await fixture.create([("a", []), ("b", ["a"])])
        try await go.retry(#require(await go.dequeue()), at: go.now, error: "no")
        #expect(try await fixture.broker.forward(queue: "default") == 1)
        #expect(try await fixture.completeNext() == "f.a")
        #expect(try await fixture.pending() == [])
        #expect(try await fixture.broker.sweepWorkflows(in: "default") == 1)
        #expect(try await fixture.pending() == ["f.b"])
    }

    @Test func `the sweep goes through more steps than one call looks at, and leaves those that are not completed`()
        async throws
    {
        let go = fixture.go
        let roots = (1...450).map { "r\($0)" }
        try await fixture.create(roots.map { ($0, []) } + [("z", roots)])
        for _ in 1...449 { try await go.complete(#require(await go.dequeue())) }
        #expect(try await fixture.broker.sweepWorkflows(in: "default") == 449)
        #expect(try await fixture.integer("ZCARD", "schedcu:{default}:workflow-steps") == 1)
        #expect(try await fixture.states()["z"] == .waiting)
        try await go.complete(#require(await go.dequeue()))
        #expect(try await fixture.broker.sweepWorkflows(in: "default") == 1)
        #expect(try await fixture.pending() == ["f.z"])
    }

    @Test func `I9: an unfinished workflow is kept for 90 days from its last change, an ended one for its retention`()
        async throws
    {
        try await fixture.create([("a", []), ("b", ["a"])])
        #expect(try await fixture.secondsLeft(key) > 89 * 86_400)
        _ = try await fixture.send("EXPIRE", .string(key), 100)
        try await fixture.completeNext()
        #expect(try await fixture.secondsLeft(key) > 89 * 86_400)
        try await fixture.completeNext()
        let left = try await fixture.secondsLeft(key)
        #expect(left <= 3600 && left > 3500)
    }

    @Test func `I9: the sweep forgets a workflow that has expired, and leaves the others`() async throws {
        try await fixture.create([("a", []), ("b", ["a"])])
        try await fixture.create([("a", [])], id: "kept")
        for number in 1...450 { try await fixture.create([("a", [])], id: "gone\(number)") }
        _ = try await fixture.send("DEL", .string(key))
        for number in 1...450 { _ = try await fixture.send("DEL", .string("schedcu:{default}:workflow:gone\(number)")) }
        #expect(try await fixture.broker.sweepWorkflows(in: "default") == 0)
        #expect(try await fixture.strings("ZRANGE", "schedcu:{default}:workflows", 0, -1) == ["kept"])
        #expect(try await fixture.strings("ZRANGE", "schedcu:{default}:workflow-steps", 0, -1) == ["kept.a"])
    }

    @Test func `W13: a queue's removal takes its workflows with it`() async throws {
        try await fixture.create([("a", []), ("b", ["a"])])
        try await fixture.create([("a", [])], id: "g")
        let elsewhere = try Workflow.chain([("a", QueueTask(type: "t"))], queue: "other", id: "f")
        #expect(try await fixture.broker.create(ComposedWorkflow(elsewhere)) == .created)
        #expect(try await fixture.inspector.removeQueueWithTasks("default") == 2)
        let left = try await fixture.strings("KEYS", "*").filter { $0.contains("{default}") }
        #expect(left == [])
        #expect(try await fixture.inspector.workflow("f", in: "other").state == .running)
    }
}
