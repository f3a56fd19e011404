import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Conformance items 59, 61 and 62, and W24: changes of single tasks and queues that Go laid out.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct InspectorChangeTests {
    enum Operation: CaseIterable {
        case run, archive, delete

        /// The states in which it is refused.
        var refused: Set<TaskState> {
            switch self {
            case .run: [.active, .pending]
            case .archive: [.active, .archived]
            case .delete: [.active]
            }
        }

        func apply(to id: String, _ inspector: TaskInspector) async throws {
            switch self {
            case .run: try await inspector.runTask(id, in: "q")
            case .archive: try await inspector.archiveTask(id, in: "q")
            case .delete: try await inspector.deleteTask(id, in: "q")
            }
        }
    }

    private let go: GoLayout
    private var inspector: TaskInspector { go.inspector() }

    init() throws { go = try GoLayout() }

    @Test(arguments: TaskState.allCases, Operation.allCases)
    func `item 59: every state meets run, archive and delete as in Go`(
        state: TaskState, operation: Operation
    ) async throws {
        try await go.putEveryState()
        let before = try await go.client.storedKeys()
        let code = try await refusal { try await operation.apply(to: state.rawValue, inspector) }
        guard !operation.refused.contains(state) else {
            #expect(code == .wrongState)
            #expect(try await go.client.storedValues() == before.mapValues(\.value))
            return
        }
        #expect(code == nil)
        let id = state.rawValue
        let isLocked = try await go.integer("EXISTS", .string(go.lock(id))) == 1
        switch operation {
        case .run:
            #expect(try await go.containers(of: id) == ["pending"])
            #expect(try await go.field("state", of: id) == "pending")
            #expect(try await go.field("pending_since", of: id) == nil)
            #expect(try await go.strings("LRANGE", "asynq:{q}:pending", 0, -1) == [id, "pending"])
            #expect(isLocked)
        case .archive:
            #expect(try await go.containers(of: id) == ["archived"])
            #expect(try await go.field("state", of: id) == "archived")
            #expect(try await go.integer("ZSCORE", "asynq:{q}:archived", .string(id)) == GoLayout.moment)
            #expect(isLocked)
        case .delete:
            #expect(try await go.containers(of: id) == [])
            #expect(try await go.integer("EXISTS", .string("asynq:{q}:t:\(id)")) == 0)
            #expect(!isLocked)
        }
        if state == .aggregating { #expect(try await go.integer("EXISTS", "asynq:{q}:groups", "asynq:{q}:g:g") == 0) }
        let message = try await go.client.send("HGET", .string("asynq:{q}:t:\(id)"), "msg").optionalBytes()
        #expect(message == (operation == .delete ? nil : go.message(id, state, lock: go.lock(id))))
        for other in TaskState.allCases where other != state {
            let places = try await go.containers(of: other.rawValue)
            #expect(
                places == (other == .aggregating ? ["g:g"] : other == .active ? ["active", "lease"] : [other.rawValue]))
        }
    }

    @Test(arguments: Operation.allCases)
    func `item 59: a task that is not there, or no longer, is named as such`(operation: Operation) async throws {
        try await go.put("a", .scheduled)
        #expect(try await refusal { try await operation.apply(to: "b", inspector) } == .taskNotFound)
        try await operation.apply(to: "a", inspector)
        let again = try await refusal { try await operation.apply(to: "a", inspector) }
        #expect(again == (operation == .delete ? .taskNotFound : .wrongState))
    }

    @Test func `item 59: a lock that another task holds is not released`() async throws {
        try await go.put("a", .scheduled, lock: go.lock("l"))
        try await go.client.send("SET", .string(go.lock("l")), "b")
        try await inspector.deleteTask("a", in: "q")
        #expect(try await go.client.send("GET", .string(go.lock("l"))).string() == "b")
    }

    @Test func `a message that names a container as its lock harms nothing`() async throws {
        try await go.put("a", .scheduled, lock: "\(go.prefix)scheduled2")
        try await go.put("b", .scheduled)
        try await go.client.send("DEL", .string("\(go.prefix)scheduled2"))
        try await go.client.send("ZADD", .string("\(go.prefix)scheduled2"), 1, "a")
        try await inspector.deleteTask("a", in: "q")
        #expect(try await go.integer("EXISTS", "asynq:{q}:t:a") == 0)
        #expect(try await go.integer("ZCARD", .string("\(go.prefix)scheduled2")) == 1)
    }

    @Test func `W24: a completed task can be run again and archived, and its result stays`() async throws {
        for id in ["a", "b"] {
            try await go.put(id, .completed)
            try await go.client.send("HSET", .string("asynq:{q}:t:\(id)"), "result", "42")
        }
        try await inspector.runTask("a", in: "q")
        try await inspector.archiveTask("b", in: "q")
        #expect(try await inspector.task("a", in: "q").state == .pending)
        #expect(try await inspector.task("b", in: "q").state == .archived)
        #expect(try await go.field("result", of: "a") == "42")
        #expect(try await go.field("result", of: "b") == "42")
        #expect(try await go.integer("EXISTS", "asynq:{q}:completed") == 0)
    }

    @Test func `a task that is run by hand starts anew: nothing is held against it, and its deliveries count on`()
        async throws
    {
        try await go.put("a", .archived)
        try await go.put("b", .retry)
        for id in ["a", "b"] {
            try await go.client.send(
                "HSET", .string("asynq:{q}:t:\(id)"), "schedcu:alone", "x", "schedcu:deliveries", "3",
                "schedcu:crashes", "2|1893456000", "schedcu:cancel", "1")
        }
        try await inspector.runTask("a", in: "q")
        try await inspector.runAllTasks(in: "q", state: .retry)
        for id in ["a", "b"] {
            let fields = try await go.strings("HKEYS", .string("asynq:{q}:t:\(id)"))
            #expect(Set(fields) == ["msg", "state", "schedcu:deliveries"])
        }
    }

    @Test(arguments: TaskState.allCases)
    func `item 61: only a scheduled task's payload can be changed`(state: TaskState) async throws {
        try await go.putEveryState()
        let id = state.rawValue
        let before = try await go.client.storedValues()
        let code = try await refusal { try await inspector.updatePayload(of: id, in: "q", to: [1, 0, 255]) }
        guard state == .scheduled else {
            #expect(code == .wrongState)
            #expect(try await go.client.storedValues() == before)
            return
        }
        #expect(code == nil)
        let task = try await inspector.task(id, in: "q")
        #expect(task.payload == [1, 0, 255])
        #expect(task.state == .scheduled)
        // The lock is still the one of the old payload.
        #expect(try await go.client.send("GET", .string(go.lock(id))).string() == id)
        #expect(try await go.field("unique_key", of: id) == go.lock(id))
        let missing = try await refusal { try await inspector.updatePayload(of: "x", in: "q", to: []) }
        #expect(missing == .taskNotFound)
    }

    @Test func `item 62: a pause is set and lifted once each, of an unknown queue too`() async throws {
        try await inspector.pause("unknown")
        #expect(try await go.client.send("GET", "asynq:{unknown}:paused").string() == "\(GoLayout.moment)")
        #expect(try await refusal { try await inspector.pause("unknown") } == .alreadyPaused)
        try await inspector.unpause("unknown")
        #expect(try await refusal { try await inspector.unpause("unknown") } == .notPaused)
        #expect(try await go.integer("DBSIZE") == 0)
    }

    @Test func `W9: archiving by hand deletes what the archive does not keep, with its hashes`() async throws {
        try await go.fill(.archived, count: 12_000, score: GoLayout.moment - 100)
        try await go.put("new", .scheduled)
        try await inspector.archiveTask("new", in: "q")
        #expect(try await go.integer("ZCARD", "asynq:{q}:archived") == 9999)
        #expect(try await go.strings("KEYS", "asynq:{q}:t:*").count == 9999)
        #expect(try await go.containers(of: "new") == ["archived"])
    }
}
