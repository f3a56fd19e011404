import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What is stored of a workflow, and what each call makes of it.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct WorkflowBrokerTests {
    private let fixture: BrokerFixture
    private let diamond: [(String, [String])] = [("a", []), ("b", ["a"]), ("c", ["a"]), ("d", ["b", "c"])]

    init() throws { fixture = try BrokerFixture() }

    @Test func `D6: only steps that may start are tasks, as asynq stores them; the others are ours alone`() async throws
    {
        #expect(try await fixture.create(diamond) == .created)
        let keys = try await fixture.redis.client.storedKeys()
        #expect(
            Set(keys.keys) == [
                "asynq:queues", "asynq:{default}:t:f.a", "asynq:{default}:pending", "schedcu:{default}:workflow:f",
                "schedcu:{default}:workflows", "schedcu:{default}:workflow-steps",
            ])
        let task = try #require(await fixture.go.task("f.a"))
        #expect(Set(task.fields.keys) == ["msg", "state", "pending_since"])
        #expect(task.state == "pending")
        #expect(try await fixture.go.ids("pending") == ["f.a"])
        #expect(try await fixture.states() == ["a": .pending, "b": .waiting, "c": .waiting, "d": .waiting])
    }

    @Test func `D8: the last predecessor's success starts a step, in the same change`() async throws {
        try await fixture.create(diamond)
        #expect(try await fixture.completeNext() == "f.a")
        #expect(try await Set(fixture.pending()) == ["f.b", "f.c"])
        let first = try await fixture.taken().run
        let second = try await fixture.taken().run
        #expect(try await fixture.broker.complete(first) == .written)
        #expect(try await fixture.pending() == [])
        #expect(try await fixture.states()["d"] == .waiting)
        #expect(try await fixture.broker.complete(second) == .written)
        #expect(try await fixture.pending() == ["f.d"])
        #expect(try await fixture.completeNext() == "f.d")
        let info = try await fixture.flow()
        #expect(info.state == .succeeded)
        #expect(info.steps.map(\.state) == [.completed, .completed, .completed, .completed])
        #expect(info.steps.map(\.predecessors) == diamond.map(\.1))
        #expect(try await fixture.integer("GET", "asynq:{default}:processed") == 4)
    }

    @Test func `a workflow with a taken id, its own or a step's, is refused, and nothing is stored of it`() async throws
    {
        try await fixture.create(diamond)
        let before = try await fixture.redis.client.storedKeys()
        #expect(try await fixture.create([("z", [])]) == .workflowIDConflict)
        let client = TaskClient(broker: fixture.broker)
        let flow = try Workflow.chain([("z", QueueTask(type: "t"))], id: "f")
        let error = await #expect(throws: EnqueueError.self) { try await client.enqueue(flow) }
        #expect(error?.code == .workflowIDConflict)
        #expect(try await fixture.redis.client.storedKeys() == before)
        #expect(
            try await fixture.broker.create(fixture.message("g.y"), placement: .pending, uniqueFor: nil) == .created)
        let later = try await fixture.redis.client.storedKeys()
        #expect(try await fixture.create([("x", []), ("y", ["x"])], id: "g") == .taskIDConflict)
        #expect(try await fixture.redis.client.storedKeys() == later)
    }

    @Test func `a handler's run that no longer owns its step hands nothing over`() async throws {
        try await fixture.create([("a", []), ("b", ["a"])])
        let stale = try await fixture.taken().run
        #expect(try await fixture.broker.requeue(stale) == .written)
        let present = try await fixture.taken().run
        let before = try await fixture.redis.client.storedKeys()
        #expect(try await fixture.broker.complete(stale) == .superseded)
        #expect(try await fixture.redis.client.storedKeys() == before)
        #expect(try await fixture.broker.complete(present) == .written)
        #expect(try await fixture.broker.complete(present) == .superseded)
        #expect(try await fixture.pending() == ["f.b"])
    }

    @Test func `W24: a step that a tool runs again after its success counts once`() async throws {
        try await fixture.create([("a", []), ("b", []), ("c", ["a", "b"])])
        #expect(try await fixture.completeNext() == "f.a")
        try await fixture.inspector.runTask("f.a", in: "default")
        #expect(try await fixture.completeNext() == "f.b")
        #expect(try await fixture.pending() == ["f.c", "f.a"])
        #expect(try await fixture.completeNext() == "f.a")
        #expect(try await fixture.pending() == ["f.c"])
        #expect(try await fixture.flow().state == .running)
        #expect(try await fixture.completeNext() == "f.c")
        #expect(try await fixture.flow().state == .succeeded)
        #expect(try await fixture.pending() == [])
    }

    @Test func `W24: a step that is completed twice leaves its successor waiting for the other`() async throws {
        try await fixture.create([("a", []), ("b", []), ("c", ["a", "b"])])
        #expect(try await fixture.completeNext() == "f.a")
        #expect(try await fixture.taken().run.message.id == "f.b")
        try await fixture.inspector.runTask("f.a", in: "default")
        #expect(try await fixture.completeNext() == "f.a")
        #expect(try await fixture.states()["c"] == .waiting)
        #expect(try await fixture.pending() == [])
    }

    @Test func `a step that starts is taken as any task, its message as it was given`() async throws {
        try await fixture.create([("a", []), ("b", ["a"])])
        try await fixture.completeNext()
        let message = try await fixture.taken().run.message
        #expect(message.type == "b")
        #expect(message.payload == [1])
        #expect(message.headers == ["k": "v", "schedcu-workflow": "f", "schedcu-step": "b"])
        #expect(try await fixture.field("message:b", ofWorkflow: "f") == nil)
    }

    @Test func `a task that took a waiting step's id stands for it, and is not overwritten`() async throws {
        try await fixture.create([("a", []), ("b", ["a"]), ("c", ["b"])])
        let taken = fixture.message("f.b", retention: 60)
        #expect(try await fixture.broker.create(taken, placement: .pending, uniqueFor: nil) == .created)
        #expect(try await fixture.completeNext() == "f.a")
        #expect(try await fixture.storedMessage("f.b") == taken)
        #expect(try await fixture.pending() == ["f.b"])
        #expect(try await fixture.completeNext() == "f.b")
        #expect(try await fixture.states()["c"] == .waiting)
        #expect(try await fixture.broker.sweepWorkflows(in: "default") == 1)
        #expect(try await fixture.pending() == ["f.c"])
    }

    @Test(arguments: ["pending", "workflow-steps", "workflows"])
    func `W10: a workflow call that meets a key of another type throws and has changed nothing`(name: String)
        async throws
    {
        let key = name == "pending" ? "asynq:{default}:pending" : "schedcu:{default}:\(name)"
        try await fixture.create([("a", []), ("b", ["a"])])
        let run = try await fixture.taken().run
        _ = try await fixture.send("DEL", .string(key))
        _ = try await fixture.send("HSET", .string(key), "somebody's", "field")
        let before = try await fixture.redis.client.storedKeys()
        await #expect(throws: RedisError.self) { try await fixture.create([("z", [])], id: "g") }
        if name != "workflows" {
            await #expect(throws: RedisError.self) { try await fixture.broker.complete(run) }
        }
        #expect(try await fixture.redis.client.storedKeys() == before)
        if name == "workflows" { #expect(try await fixture.broker.complete(run) == .written) }
    }

    @Test func `a step whose workflow's key is of another type is completed all the same`() async throws {
        try await fixture.create([("a", []), ("b", ["a"])])
        _ = try await fixture.send("DEL", "schedcu:{default}:workflow:f")
        _ = try await fixture.send("SET", "schedcu:{default}:workflow:f", "somebody's")
        #expect(try await fixture.completeNext() == "f.a")
        #expect(try await fixture.broker.sweepWorkflows(in: "default") == 0)
        #expect(try await fixture.send("GET", "schedcu:{default}:workflow:f").string() == "somebody's")
    }

    @Test func `a workflow of 1000 steps is stored, and its first success starts the 998 in its middle`() async throws {
        let middle = (1...998).map { "m\($0)" }
        try await fixture.create([("a", [])] + middle.map { ($0, ["a"]) } + [("z", middle)])
        #expect(try await fixture.completeNext() == "f.a")
        #expect(try await fixture.pending().count == 998)
        #expect(try await fixture.states()["z"] == .waiting)
    }
}

extension BrokerFixture {
    func field(_ name: String, ofWorkflow id: String) async throws -> String? {
        try await redis.client.send("HGET", .string("schedcu:{default}:workflow:\(id)"), .string(name)).optionalBytes()
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
