import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Conformance item 60: changes of all tasks of a state, on keys that Go laid out.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(2))) struct InspectorBulkTests {
    private let go: GoLayout
    private var inspector: TaskInspector { go.inspector() }

    init() throws { go = try GoLayout() }

    /// Three tasks `x…` of the state with a lock each, one task of each other state and one of another group.
    private func lay(_ state: TaskState) async throws {
        for other in TaskState.allCases where other != state { try await go.put("other-\(other)", other, group: "h") }
        try await go.put("other-group", .aggregating, group: "h")
        for (index, id) in ["x2", "x1", "x3"].enumerated() {
            try await go.put(id, state, score: GoLayout.moment + index, lock: go.lock(id))
        }
    }

    /// That nobody else's task was touched.
    private func expectOthersUntouched(_ state: TaskState) async throws {
        for other in TaskState.allCases where other != state {
            let places = try await go.containers(of: "other-\(other)")
            let expected = other == .aggregating ? ["g:h"] : other == .active ? ["active", "lease"] : [other.rawValue]
            #expect(places == expected)
            #expect(try await go.field("state", of: "other-\(other)") == other.rawValue)
        }
        #expect(try await go.containers(of: "other-group") == ["g:h"])
        #expect(try await go.strings("SMEMBERS", "asynq:{q}:groups").contains("h"))
    }

    @Test(arguments: [TaskState.scheduled, .retry, .archived, .aggregating])
    func `item 60: run-all makes each task pending in the order of the scores`(state: TaskState) async throws {
        try await lay(state)
        #expect(try await inspector.runAllTasks(in: "q", state: state, group: "g") == 3)
        let pending = try await go.strings("LRANGE", "asynq:{q}:pending", 0, -1)
        #expect(pending == ["x3", "x1", "x2", "other-pending"])
        for id in ["x1", "x2", "x3"] {
            #expect(try await go.containers(of: id) == ["pending"])
            #expect(try await go.field("state", of: id) == "pending")
            #expect(try await go.field("pending_since", of: id) == nil)
            #expect(try await go.client.send("GET", .string(go.lock(id))).string() == id)
        }
        #expect(!(try await go.strings("SMEMBERS", "asynq:{q}:groups").contains("g")))
        try await expectOthersUntouched(state)
        #expect(try await inspector.runAllTasks(in: "q", state: state, group: "g") == 0)
    }

    @Test(arguments: [TaskState.pending, .scheduled, .retry, .aggregating])
    func `item 60: archive-all archives each task as it is, at this moment`(state: TaskState) async throws {
        try await lay(state)
        #expect(try await inspector.archiveAllTasks(in: "q", state: state, group: "g") == 3)
        for id in ["x1", "x2", "x3"] {
            #expect(try await go.containers(of: id) == ["archived"])
            #expect(try await go.field("state", of: id) == "archived")
            #expect(try await go.integer("ZSCORE", "asynq:{q}:archived", .string(id)) == GoLayout.moment)
            #expect(try await inspector.task(id, in: "q").lastError == nil)
            #expect(try await go.client.send("GET", .string(go.lock(id))).string() == id)
        }
        #expect(try await go.integer("EXISTS", "asynq:{q}:processed", "asynq:{q}:failed", "asynq:{q}:g:g") == 0)
        try await expectOthersUntouched(state)
        #expect(try await inspector.archiveAllTasks(in: "q", state: state, group: "g") == 0)
    }

    @Test(arguments: [TaskState.pending, .scheduled, .retry, .archived, .completed, .aggregating])
    func `item 60: delete-all deletes each task and releases its own lock only`(state: TaskState) async throws {
        try await lay(state)
        try await go.client.send("SET", .string(go.lock("x1")), "somebody")
        #expect(try await inspector.deleteAllTasks(in: "q", state: state, group: "g") == 3)
        for id in ["x1", "x2", "x3"] {
            #expect(try await go.containers(of: id) == [])
            #expect(try await go.integer("EXISTS", .string("asynq:{q}:t:\(id)")) == 0)
        }
        #expect(try await go.strings("KEYS", "asynq:{q}:unique:*") == [go.lock("x1")])
        #expect(try await go.integer("EXISTS", "asynq:{q}:g:g") == 0)
        try await expectOthersUntouched(state)
        #expect(try await inspector.deleteAllTasks(in: "q", state: state, group: "g") == 0)
    }

    @Test func `item 60: states that have no such call are refused, and groups must be named`() async throws {
        try await go.putEveryState()
        let before = try await go.client.storedValues()
        for state in [TaskState.pending, .active, .completed] {
            #expect(try await refusal { try await inspector.runAllTasks(in: "q", state: state) } == .wrongState)
        }
        for state in [TaskState.active, .archived, .completed] {
            #expect(try await refusal { try await inspector.archiveAllTasks(in: "q", state: state) } == .wrongState)
        }
        #expect(try await refusal { try await inspector.deleteAllTasks(in: "q", state: .active) } == .wrongState)
        #expect(try await refusal { try await inspector.runAllTasks(in: "q", state: .aggregating) } == .groupRequired)
        #expect(
            try await refusal { try await inspector.archiveAllTasks(in: "q", state: .aggregating) } == .groupRequired)
        #expect(
            try await refusal { try await inspector.deleteAllTasks(in: "q", state: .aggregating) } == .groupRequired)
        #expect(try await go.client.storedValues() == before)
    }

    @Test func `100,000 tasks are deleted without overflowing Lua`() async throws {
        try await go.fill(.scheduled, count: 100_000)
        #expect(try await inspector.deleteAllTasks(in: "q", state: .scheduled) == 100_000)
        #expect(try await go.strings("KEYS", "*") == ["asynq:queues"])
    }

    @Test func `20,000 pending tasks are archived, of which the archive keeps its share and no hash leaks`()
        async throws
    {
        try await go.fill(.pending, count: 20_000)
        #expect(try await inspector.archiveAllTasks(in: "q", state: .pending) == 20_000)
        #expect(try await go.integer("ZCARD", "asynq:{q}:archived") == 9999)
        #expect(try await go.strings("KEYS", "asynq:{q}:t:*").count == 9999)
        #expect(try await go.integer("EXISTS", "asynq:{q}:pending") == 0)
    }

    @Test func `20,000 archived tasks are run, the oldest first`() async throws {
        try await go.fill(.archived, count: 20_000, step: 1)
        #expect(try await inspector.runAllTasks(in: "q", state: .archived) == 20_000)
        #expect(try await go.strings("LRANGE", "asynq:{q}:pending", -2, -1) == ["t000001", "t000000"])
        #expect(try await go.strings("LRANGE", "asynq:{q}:pending", 0, 0) == ["t019999"])
    }

    @Test func `ids without a task are dropped, and one that runs is only taken off the wrong container`() async throws
    {
        for state in [TaskState.retry, .scheduled, .archived] {
            try await go.put("real-\(state)", state)
            try await go.client.send("ZADD", .string(go.prefix + state.rawValue), 1, "gone", 1, "running")
        }
        try await go.put("running", .active)
        #expect(try await inspector.runAllTasks(in: "q", state: .retry) == 1)
        #expect(try await inspector.archiveAllTasks(in: "q", state: .scheduled) == 1)
        #expect(try await inspector.deleteAllTasks(in: "q", state: .archived) == 2)
        #expect(try await go.containers(of: "gone") == [])
        #expect(try await go.containers(of: "running") == ["active", "lease"])
        #expect(try await go.field("state", of: "running") == "active")
        #expect(try await go.containers(of: "real-retry") == ["pending"])
        #expect(try await go.integer("EXISTS", "asynq:{q}:t:gone") == 0)
    }
}
