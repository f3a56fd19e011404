import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Cancelling what does not run.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct CancelWaitingTests {
    private let go: GoLayout
    private var inspector: TaskInspector { go.inspector() }

    init() throws { go = try GoLayout() }

    @Test(arguments: [TaskState.pending, .scheduled, .retry, .aggregating])
    func `cancel: a task that waits is archived with the reason, and its lock goes`(state: TaskState) async throws {
        let id = state.rawValue
        try await go.put(id, state, lock: go.lock(id))
        try await go.client.send("HSET", .string(go.prefix + "t:" + id), "schedcu:cancel", 1)
        #expect(try await inspector.cancel(id, in: "q") == .archived)
        #expect(try await go.containers(of: id) == ["archived"])
        let task = try #require(try await GoFleet(redis: go.client).task(id, in: "q"))
        #expect(task.state == "archived")
        #expect(task.message.errorMessage == "cancelled")
        #expect(task.message.lastFailedAtUnixSeconds == Int64(GoLayout.moment))
        #expect(task.message.retried == 0)
        #expect(task.fields["pending_since"] == nil)
        #expect(task.fields["schedcu:cancel"] == nil)
        #expect(try await GoFleet(redis: go.client).score(id, "archived", in: "q") == "\(GoLayout.moment)")
        #expect(try await go.integer("EXISTS", .string(go.lock(id)), "asynq:{q}:groups") == 0)
        #expect(try await refusal { try await inspector.cancel(id, in: "q") } == .wrongState)
    }

    @Test func `cancel: another task's lock stays`() async throws {
        try await go.put("a", .pending, lock: go.lock("a"))
        try await go.client.send("SET", .string(go.lock("a")), "other")
        #expect(try await inspector.cancel("a", in: "q") == .archived)
        #expect(try await go.client.send("GET", .string(go.lock("a"))).string() == "other")
    }

    @Test(arguments: [TaskState.archived, .completed])
    func `cancel: a task that has ended is refused, and nothing changes`(state: TaskState) async throws {
        try await go.put("a", state, lock: go.lock("a"))
        let before = try await go.client.storedValues()
        #expect(try await refusal { try await inspector.cancel("a", in: "q") } == .wrongState)
        #expect(try await refusal { try await inspector.cancel("b", in: "q") } == .taskNotFound)
        #expect(try await refusal { try await inspector.cancel("a", in: "p") } == .queueNotFound)
        #expect(try await go.client.storedValues() == before)
    }

    @Test func `cancel: a task whose group is being joined is refused, and stays in its set`() async throws {
        try await go.put("a", .aggregating)
        try await go.client.send("RENAME", "asynq:{q}:g:g", "asynq:{q}:g:g:set")
        #expect(try await refusal { try await inspector.cancel("a", in: "q") } == .wrongState)
        #expect(try await go.containers(of: "a") == ["g:g:set"])
        #expect(try await go.field("state", of: "a") == "aggregating")
    }

    @Test(arguments: [TaskState.pending, .scheduled, .retry, .aggregating])
    func `cancel: all tasks of a state at once, more than one step takes`(state: TaskState) async throws {
        try await go.fill(state, count: 250)
        try await go.put("locked", state, lock: go.lock("locked"))
        let group = state == .aggregating ? "g" : nil
        #expect(try await inspector.cancelAllTasks(in: "q", state: state, group: group) == 251)
        #expect(try await go.integer("ZCARD", "asynq:{q}:archived") == 251)
        #expect(try await go.integer("EXISTS", .string(go.lock("locked")), "asynq:{q}:groups") == 0)
        let tasks = try await inspector.tasks(in: "q", state: .archived, page: 1, size: 300)
        #expect(tasks.count == 251)
        #expect(tasks.allSatisfy { $0.lastError == "cancelled" && $0.state == .archived })
        #expect(try await inspector.queueInfo(for: "q").size == 251)
        #expect(try await inspector.cancelAllTasks(in: "q", state: state, group: group) == 0)
    }

    @Test func `cancel: all running tasks are asked at once, and ended ones are no state to cancel`() async throws {
        // What asynq publishes reaches every database.
        let ids = [UUID().uuidString, UUID().uuidString]
        for id in ids { try await go.put(id, .active) }
        #expect(try await inspector.cancelAllTasks(in: "q", state: .active) == 2)
        for id in ids { #expect(try await go.field("schedcu:cancel", of: id) == "1") }
        for state in [TaskState.archived, .completed] {
            let code = try await refusal { try await inspector.cancelAllTasks(in: "q", state: state) }
            #expect(code == .wrongState)
        }
        let code = try await refusal { try await inspector.cancelAllTasks(in: "q", state: .aggregating) }
        #expect(code == .groupRequired)
    }

    @Test func `cancel: an id without a task is dropped from a queue that is cancelled, an unreadable task archived`()
        async throws
    {
        try await go.put("a", .pending)
        try await go.client.send("LPUSH", "asynq:{q}:pending", "ghost", "odd")
        try await go.client.send("HSET", "asynq:{q}:t:odd", "msg", "?", "state", "pending")
        #expect(try await inspector.cancelAllTasks(in: "q", state: .pending) == 2)
        #expect(try await go.integer("EXISTS", "asynq:{q}:pending", "asynq:{q}:t:ghost") == 0)
        #expect(try await go.field("state", of: "odd") == "archived")
        #expect(try await go.field("msg", of: "odd") == "?")
    }
}
