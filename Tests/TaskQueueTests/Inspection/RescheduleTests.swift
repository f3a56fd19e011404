import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// New moments and payloads for tasks that wait, as Go laid them out.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct RescheduleTests {
    private let go: GoLayout
    private var inspector: TaskInspector { go.inspector() }
    private let later = Date(timeIntervalSince1970: Double(GoLayout.moment) + 999.5)

    init() throws { go = try GoLayout() }

    @Test(arguments: TaskState.allCases)
    func `a task that waits for its moment or its worker runs at another moment, and no other does`(
        state: TaskState
    ) async throws {
        try await go.putEveryState()
        let id = state.rawValue
        let options = "1;e=\(GoLayout.moment + 1001);"
        try await go.client.send("HSET", .string("asynq:{q}:t:\(id)"), "schedcu:options", .string(options))
        let before = try await go.client.storedValues()
        let code = try await refusal { try await inspector.reschedule(id, in: "q", to: later) }
        guard [.pending, .scheduled, .retry].contains(state) else {
            #expect(code == .wrongState)
            #expect(try await go.client.storedValues() == before)
            return
        }
        #expect(code == nil)
        let expected = state == .retry ? "retry" : "scheduled"
        #expect(try await go.containers(of: id) == [expected])
        #expect(try await go.field("state", of: id) == expected)
        #expect(try await go.field("pending_since", of: id) == nil)
        #expect(try await go.field("schedcu:options", of: id) == options)
        let score = try await go.client.send("ZSCORE", .string(go.prefix + expected), .string(id)).string()
        #expect(score == "\(GoLayout.moment + 1000)")
    }

    @Test(arguments: [(TaskState.pending, 101_000), (.scheduled, 100_940), (.retry, 100_000)])
    func `I4: the lock of a task that has not run yet moves along`(state: TaskState, expected: Int) async throws {
        try await go.put("a", state, lock: go.lock("a"))
        try await go.client.send("EXPIRE", .string(go.lock("a")), 100_000)
        try await inspector.reschedule("a", in: "q", to: later)
        // Some seconds may have passed since then.
        #expect((expected - 50...expected).contains(try await go.integer("TTL", .string(go.lock("a")))))
    }

    @Test func `I4: another task's lock stays as it is, and so does one that lives for ever`() async throws {
        for id in ["a", "b"] { try await go.put(id, .scheduled, lock: go.lock(id)) }
        try await go.client.send("SET", .string(go.lock("a")), "other", "EX", 100_000)
        try await go.client.send("PERSIST", .string(go.lock("b")))
        for id in ["a", "b"] { try await inspector.reschedule(id, in: "q", to: later) }
        #expect((99_900...100_000).contains(try await go.integer("TTL", .string(go.lock("a")))))
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
        let before = try await go.client.storedValues()
        #expect(try await refusal { try await inspector.reschedule("a", in: "q", to: later) } == .wrongState)
        #expect(try await go.client.storedValues() == before)
        #expect(try await refusal { try await inspector.reschedule("x", in: "q", to: later) } == .taskNotFound)
        #expect(try await refusal { try await inspector.reschedule("a", in: "x", to: later) } == .queueNotFound)
    }

    @Test(arguments: [TaskState.pending, .scheduled, .retry], [false, true])
    func `a task that no worker has taken yet is not moved beyond its expiry`(
        state: TaskState, wasTaken: Bool
    ) async throws {
        try await go.put("a", state)
        let key = RedisArgument.string("asynq:{q}:t:a")
        try await go.client.send("HSET", key, "schedcu:options", .string("1;u;e=\(GoLayout.moment + 1000);"))
        if wasTaken { try await go.client.send("HSET", key, "schedcu:deliveries", 1) }
        let before = try await go.client.storedValues()
        let code = try await refusal { try await inspector.reschedule("a", in: "q", to: later) }
        let isRefused = !wasTaken && state != .retry
        #expect(code == (isRefused ? .wrongState : nil))
        #expect(try await (go.client.storedValues() == before) == isRefused)
    }

    @Test func `running a task by hand lifts its expiry and keeps its other options`() async throws {
        for id in ["a", "b", "c"] { try await go.put(id, .archived) }
        for (id, text) in [("a", "1;u;e=-5;r=l:1;"), ("b", "1;e=5;")] {
            try await go.client.send("HSET", .string("asynq:{q}:t:\(id)"), "schedcu:options", .string(text))
        }
        try await inspector.runTask("a", in: "q")
        try await inspector.runAllTasks(in: "q", state: .archived)
        #expect(try await go.field("schedcu:options", of: "a") == "1;u;r=l:1;")
        #expect(try await go.field("schedcu:options", of: "b") == "1;")
        #expect(try await go.field("schedcu:options", of: "c") == nil)
    }

    @Test func `a scheduled set of another type leaves a pending task pending`() async throws {
        try await go.put("a", .pending)
        try await go.client.send("SET", .string(go.prefix + "scheduled"), "x")
        let before = try await go.client.storedValues()
        await #expect(throws: RedisError.self) { try await inspector.reschedule("a", in: "q", to: later) }
        #expect(try await go.client.storedValues() == before)
    }

    @Test(arguments: TaskState.allCases)
    func `a task that waits for its moment or its worker takes another payload, and no other does`(
        state: TaskState
    ) async throws {
        try await go.putEveryState()
        let id = state.rawValue
        let before = try await go.client.storedValues()
        let code = try await refusal { try await inspector.replacePayload(of: id, in: "q", with: [1, 0, 255]) }
        guard [.pending, .scheduled, .retry].contains(state) else {
            #expect(code == .wrongState)
            #expect(try await go.client.storedValues() == before)
            return
        }
        #expect(code == nil)
        #expect(try await inspector.task(id, in: "q").payload == [1, 0, 255])
        #expect(try await go.containers(of: id) == [state.rawValue])
        #expect(try await go.client.send("GET", .string(go.lock(id))).string() == id)
    }

    @Test func `a typed payload takes the place of one of its own type only`() async throws {
        let client = TaskClient(broker: go.redis.broker())
        let options = EnqueueOptions(queue: "q", taskID: "a")
        try await client.enqueue(Lenient(name: "before", link: nil), options)
        try await inspector.replacePayload(of: "a", in: "q", with: Lenient(name: "after", link: nil))
        let task = try await inspector.task("a", in: "q")
        #expect(try Lenient(decoding: QueueTask(type: task.type, payload: task.payload)).name == "after")
        let code = try await refusal {
            try await inspector.replacePayload(of: "a", in: "q", with: SendMail(recipients: [], subject: "s"))
        }
        #expect(code == .invalidArgument)
    }
}
