import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Conformance item 63 and W13: a queue that is removed leaves nothing behind.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct QueueRemovalTests {
    private let go: GoLayout
    private var inspector: TaskInspector { go.inspector() }

    init() throws { go = try GoLayout(queue: "q*") }

    /// What the key table lists for a queue, and ours, but for containers of waiting and running tasks.
    private func layRemains() async throws {
        try await go.put("completed", .completed, lock: go.lock("completed"))
        for key in ["processed", "failed", "processed:2030-01-01", "failed:2029-12-31", "paused"] {
            try await go.client.send("SET", .string(go.prefix + key), 1)
        }
        try await go.client.send("ZADD", .string(go.prefix + "lease"), 1, "stray")
        // Left behind by a task that was set aside, by one that Go's inspector trimmed, and by a late result.
        try await go.client.send("RPUSH", "schedcu:{q*}:quarantine", "aside")
        try await go.client.send("HSET", .string(go.prefix + "t:aside"), "msg", "\u{1}", "state", "active")
        try await go.client.send("HSET", .string(go.prefix + "t:trimmed"), "msg", "\u{1}", "state", "archived")
        try await go.client.send("HSET", .string(go.prefix + "t:late"), "result", "1")
        try await go.client.send("SET", .string(go.lock("stale")), "gone")
        try await go.client.send("SET", "schedcu:{q*}:unique:custom", "gone")
    }

    /// Tasks of every waiting state, and an aggregation that has begun.
    private func layTasks() async throws {
        for state in TaskState.allCases where state != .active {
            try await go.put("\(state)", state, lock: go.lock("\(state)"))
        }
        try await go.put("custom", .retry, lock: "schedcu:{q*}:unique:held")
        try await go.put("unlisted", .aggregating, group: "u")
        try await go.client.send("SREM", .string(go.prefix + "groups"), "u")
        try await go.put("staged", .aggregating, group: "s", lock: go.lock("staged"))
        try await go.client.send("RENAME", .string(go.prefix + "g:s"), .string(go.prefix + "g:s:uuid"))
        try await go.client.send("SREM", .string(go.prefix + "groups"), "s")
        try await go.client.send(
            "ZADD", .string(go.prefix + "aggregation_sets"), 1, .string(go.prefix + "g:s:uuid"))
    }

    @Test func `W13: a queue that is removed with its tasks leaves nothing behind, and its neighbours alone`()
        async throws
    {
        let neighbour = try GoLayout(queue: "qx")
        try await neighbour.putEveryState()
        try await neighbour.client.send("SET", "schedcu:{qx}:unique:custom", "gone")
        let before = try await go.client.storedValues()
        try await layRemains()
        try await layTasks()
        let tasks = try await go.strings("KEYS", "asynq:{q\\*}:t:*").count
        #expect(try await inspector.removeQueueWithTasks("q*") == tasks)
        #expect(try await go.client.storedValues() == before)
        #expect(try await inspector.queues() == ["qx"])
    }

    @Test func `W13: a queue without waiting tasks is removed with all that it left`() async throws {
        try await layRemains()
        #expect(try await inspector.removeQueue("q*") == 4)
        #expect(try await go.integer("DBSIZE") == 0)
    }

    @Test(arguments: TaskState.allCases)
    func `item 63: a queue with a task that waits, runs or is archived is not removed`(state: TaskState) async throws {
        try await go.put("a", state, lock: go.lock("a"))
        let before = try await go.client.storedValues()
        let code = try await refusal { try await inspector.removeQueue("q*") }
        guard state != .completed else {
            #expect(code == nil)
            return
        }
        #expect(code == .queueNotEmpty)
        #expect(try await go.client.storedValues() == before)
        let forced = try await refusal { try await inspector.removeQueueWithTasks("q*") }
        #expect(forced == (state == .active ? .queueActive : nil))
        #expect(try await inspector.queues() == (state == .active ? ["q*"] : []))
        if state == .active { #expect(try await go.client.storedValues() == before) }
    }

    @Test func `item 63: tasks that are being aggregated keep a queue from being removed`() async throws {
        try await go.put("a", .aggregating, group: "s")
        try await go.client.send("RENAME", .string(go.prefix + "g:s"), .string(go.prefix + "g:s:uuid"))
        try await go.client.send("DEL", .string(go.prefix + "groups"))
        try await go.client.send(
            "ZADD", .string(go.prefix + "aggregation_sets"), 1, .string(go.prefix + "g:s:uuid"))
        #expect(try await refusal { try await inspector.removeQueue("q*") } == .queueNotEmpty)
    }

    @Test func `item 63: a producer lists a removed queue again when it enqueues, and 1 min later at the latest`()
        async throws
    {
        let fixture = try BrokerFixture()
        #expect(try await fixture.broker.create(fixture.message("1"), placement: .pending, uniqueFor: nil) == .created)
        try await inspector.removeQueueWithTasks("default")
        #expect(try await inspector.queues() == [])
        fixture.clock.advance(by: 60)
        #expect(try await fixture.broker.create(fixture.message("2"), placement: .pending, uniqueFor: nil) == .created)
        #expect(try await inspector.queues() == ["default"])
        #expect(try await inspector.tasks(in: "default", state: .pending).map(\.id) == ["2"])
    }

    @Test func `W13: the sweep leaves tasks alone that were created since`() async throws {
        try await layTasks()
        try await go.put("active", .active)
        let ids = try await go.strings("KEYS", "asynq:{q\\*}:t:*").map { String($0.dropFirst(go.prefix.count + 2)) }
        let before = try await go.client.storedValues()
        let unlisted = try await go.client.evaluate(
            RemovalScripts.sweepTasks, keys: [go.prefix + "aggregation_sets"],
            arguments: [.string(go.prefix)] + ids.flatMap { [.string($0), ""] })
        #expect(try unlisted.integer() == 0)
        try await go.client.evaluate(
            RemovalScripts.sweepLocks, keys: try await go.strings("KEYS", "*:unique:*"),
            arguments: [.string(go.prefix + "t:")])
        #expect(try await go.client.storedValues() == before)
    }

    @Test func `W13: a task enqueued while its queue is removed goes with it or stays whole, in a listed queue`()
        async throws
    {
        let fixture = try BrokerFixture()
        let layout = try GoLayout(queue: "default")
        for round in 0..<3 {
            try await layout.fill(.scheduled, count: 5000)
            let isRemoved = LockedValue(false)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { isRemoved.withLock { $0 = true } }
                    try await layout.inspector().removeQueueWithTasks("default")
                }
                group.addTask {
                    var index = 0
                    while !isRemoved.withLock({ $0 }) {
                        index += 1
                        let message = fixture.message("\(round)-\(index)")
                        _ = try await fixture.broker.create(message, placement: .pending, uniqueFor: nil)
                    }
                }
                try await group.waitForAll()
            }
            let pending = try await layout.strings("LRANGE", "asynq:{default}:pending", 0, -1)
            let tasks = try await layout.strings("KEYS", "asynq:{default}:t:*")
            #expect(Set(tasks) == Set(pending.map { "asynq:{default}:t:\($0)" }))
            #expect(!pending.isEmpty)
            #expect(try await inspector.queues() == ["default"])
            try await inspector.removeQueueWithTasks("default")
            #expect(try await layout.integer("DBSIZE") == 0)
        }
    }
}
