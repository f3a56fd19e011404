import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// New moments and payloads for tasks that wait, as Go laid them out.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct RescheduleTests {
    private let go: GoLayout
    private let inspector: TaskInspector
    private let later = Date(timeIntervalSince1970: Double(GoLayout.moment) + 999.5)

    init() throws {
        go = try GoLayout()
        inspector = go.inspector()
    }

    private func code(_ body: () async throws -> Void) async -> InspectorError.Code? {
        do {
            try await body()
            return nil
        } catch { return (error as? InspectorError)?.code }
    }

    private func keys() async throws -> [String: StoredValue] {
        try await go.client.storedKeys().mapValues(\.value)
    }

    @Test(arguments: TaskState.allCases)
    func `a task that waits for its moment or its worker runs at another moment, and no other does`(
        state: TaskState
    ) async throws {
        try await go.putEveryState()
        let id = state.rawValue
        try await go.client.send("HSET", .string("asynq:{q}:t:\(id)"), "schedcu:options", "1;e=9;")
        let before = try await keys()
        let code = await code { try await inspector.reschedule(id, in: "q", to: later) }
        guard [.pending, .scheduled, .retry].contains(state) else {
            #expect(code == .wrongState)
            #expect(try await keys() == before)
            return
        }
        #expect(code == nil)
        let expected = state == .retry ? "retry" : "scheduled"
        #expect(try await go.containers(of: id) == [expected])
        #expect(try await go.field("state", of: id) == expected)
        #expect(try await go.field("pending_since", of: id) == nil)
        #expect(try await go.field("schedcu:options", of: id) == "1;e=9;")
        let score = try await go.client.send("ZSCORE", .string(go.prefix + expected), .string(id)).string()
        #expect(score == "\(GoLayout.moment + 1000)")
    }

    @Test(arguments: [(TaskState.pending, 4600), (.scheduled, 4540), (.retry, 3600)])
    func `I4: the lock of a task that has not run yet moves along`(state: TaskState, expected: Int) async throws {
        try await go.put("a", state, lock: go.lock("a"))
        try await inspector.reschedule("a", in: "q", to: later)
        // One second may have passed since the lock was taken.
        #expect((expected - 1...expected).contains(try await go.integer("TTL", .string(go.lock("a")))))
    }

    @Test func `I4: another task's lock stays as it is, and so does one that lives for ever`() async throws {
        for id in ["a", "b"] { try await go.put(id, .scheduled, lock: go.lock(id)) }
        try await go.client.send("SET", .string(go.lock("a")), "other", "EX", 100)
        try await go.client.send("PERSIST", .string(go.lock("b")))
        for id in ["a", "b"] { try await inspector.reschedule(id, in: "q", to: later) }
        #expect((99...100).contains(try await go.integer("TTL", .string(go.lock("a")))))
        #expect(try await go.integer("TTL", .string(go.lock("b"))) == -1)
    }

    @Test func `a moment that has passed means at once, and a lock keeps a second at least`() async throws {
        try await go.put("a", .scheduled, score: GoLayout.moment + 9000, lock: go.lock("a"))
        try await inspector.reschedule("a", in: "q", to: .distantPast)
        let score = try await go.client.send("ZSCORE", .string(go.prefix + "scheduled"), "a").string()
        #expect(score == "\(GoLayout.moment + 1)")
        #expect(try await go.integer("TTL", .string(go.lock("a"))) <= 1)
    }

    @Test func `a task that its container does not hold is left as it is, and a missing one is told`() async throws {
        try await go.put("a", .pending)
        try await go.client.send("DEL", .string(go.prefix + "pending"))
        let before = try await keys()
        #expect(await code { try await inspector.reschedule("a", in: "q", to: later) } == .wrongState)
        #expect(try await keys() == before)
        #expect(await code { try await inspector.reschedule("x", in: "q", to: later) } == .taskNotFound)
        #expect(await code { try await inspector.reschedule("a", in: "x", to: later) } == .queueNotFound)
    }

    @Test func `a scheduled set of another type leaves a pending task pending`() async throws {
        try await go.put("a", .pending)
        try await go.client.send("SET", .string(go.prefix + "scheduled"), "x")
        let before = try await keys()
        await #expect(throws: RedisError.self) { try await inspector.reschedule("a", in: "q", to: later) }
        #expect(try await keys() == before)
    }

    @Test(arguments: TaskState.allCases)
    func `a task that waits for its moment or its worker takes another payload, and no other does`(
        state: TaskState
    ) async throws {
        try await go.putEveryState()
        let id = state.rawValue
        let before = try await keys()
        let code = await code { try await inspector.replacePayload(of: id, in: "q", with: [1, 0, 255]) }
        guard [.pending, .scheduled, .retry].contains(state) else {
            #expect(code == .wrongState)
            #expect(try await keys() == before)
            return
        }
        #expect(code == nil)
        #expect(try await inspector.task(id, in: "q").payload == [1, 0, 255])
        #expect(try await go.containers(of: id) == [state.rawValue])
        #expect(try await go.client.send("GET", .string(go.lock(id))).string() == id)
    }

    @Test func `a typed payload takes the place of one of its own type only`() async throws {
        let client = TaskClient(
            broker: RedisBroker(
                client: go.client, blockingClientConfiguration: go.redis.configuration, logger: go.redis.logger))
        let options = EnqueueOptions(queue: "q", taskID: "a")
        try await client.enqueue(Lenient(name: "before", link: nil), options)
        try await inspector.replacePayload(of: "a", in: "q", with: Lenient(name: "after", link: nil))
        let task = try await inspector.task("a", in: "q")
        #expect(try Lenient(decoding: QueueTask(type: task.type, payload: task.payload)).name == "after")
        let code = await code {
            try await inspector.replacePayload(of: "a", in: "q", with: SendMail(recipients: [], subject: "s"))
        }
        #expect(code == .invalidArgument)
    }
}
