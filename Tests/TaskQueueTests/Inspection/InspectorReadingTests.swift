import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Conformance items 55 to 58 and 64: what an inspector reads of keys that Go laid out.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct InspectorReadingTests {
    private let go: GoLayout
    private var inspector: TaskInspector { go.inspector() }

    init() throws { go = try GoLayout() }

    @Test func `item 55: a queue's numbers are those of its keys`() async throws {
        for (count, state) in TaskState.allCases.enumerated() {
            for index in 0...count {
                try await go.put("\(state)\(index)", state, group: index == 0 ? "one" : "two")
            }
        }
        for (key, value) in [("processed", "70"), ("failed", "7"), ("paused", "1")] {
            try await go.client.send("SET", .string(go.prefix + key), .string(value))
        }
        try await go.client.send("SET", .string(go.prefix + "processed:2030-01-01"), "30")
        try await go.client.send("SET", .string(go.prefix + "failed:2030-01-01"), "3")
        let info = try await inspector.queueInfo(for: "q")
        for (count, state) in TaskState.allCases.enumerated() { #expect(info.count(state) == count + 1, "\(state)") }
        #expect(info.size == 28)
        #expect(info.groups == 2)
        #expect((info.processedTotal, info.failedTotal) == (70, 7))
        #expect((info.processedToday, info.failedToday) == (30, 3))
        #expect(info.isPaused)
        #expect(info.latency == .seconds(10.25))
        let groups = try await inspector.groups(in: "q")
        #expect(groups == [GroupInfo(name: "one", size: 1), GroupInfo(name: "two", size: 6)])
        #expect(try await inspector.groups(in: "unknown").isEmpty)
    }

    @Test func `item 55: memory is exact while each container is measured as a whole`() async throws {
        for state in TaskState.allCases {
            for index in 0..<20 { try await go.put("\(state)\(index)", state, group: "g\(index % 5)") }
        }
        var expected = 0
        for key in try await go.strings("KEYS", "asynq:{q}:*") {
            expected += try await go.integer("MEMORY", "USAGE", .string(key))
        }
        let memory = try #require(await inspector.queueInfo(for: "q").memoryUsage)
        // Means are cut off to whole bytes.
        #expect((expected - 20...expected).contains(memory))
    }

    @Test func `item 55: memory of many tasks is told by a sample`() async throws {
        for index in 0..<200 {
            try await go.put("s\(100 + index)", .scheduled)
            try await go.put("a\(100 + index)", .aggregating, group: "g\(10 + index % 20)")
        }
        var expected = 0.0
        for key in try await go.strings("KEYS", "asynq:{q}:*") {
            expected += Double(try await go.integer("MEMORY", "USAGE", .string(key)))
        }
        let memory = Double(try #require(await inspector.queueInfo(for: "q").memoryUsage))
        #expect((0.95...1.05).contains(memory / expected))
    }

    @Test(arguments: try GoldenVectors.load().cases.map(\.name))
    func `item 55: the numbers of what Go left are those of its containers`(name: String) async throws {
        let vector = try GoldenVectors.named(name)
        try await vector.restore(to: go.client)
        for queue in try await inspector.queues() {
            let info = try await inspector.queueInfo(for: queue)
            for state in TaskState.allCases where state != .aggregating {
                let key = vector.keys.first { $0.key == "asynq:{\(queue)}:\(state.rawValue)" }
                #expect(info.count(state) == key?.items?.count ?? key?.members?.count ?? 0, "\(state)")
            }
            #expect(try #require(info.memoryUsage) > 0 || info.size == 0)
        }
    }

    @Test func `item 56: a history has the days' counters in UTC, today first`() async throws {
        try await go.put("a", .pending)
        for (day, processed, failed) in [("2030-01-01", 5, 1), ("2029-12-31", 7, 2), ("2029-12-29", 9, 0)] {
            try await go.client.send("SET", .string("\(go.prefix)processed:\(day)"), .int(processed))
            if failed > 0 { try await go.client.send("SET", .string("\(go.prefix)failed:\(day)"), .int(failed)) }
        }
        let days = try await inspector.history(of: "q", days: 4)
        #expect(
            days == [
                DailyStats(queue: "q", day: "2030-01-01", processed: 5, failed: 1),
                DailyStats(queue: "q", day: "2029-12-31", processed: 7, failed: 2),
                DailyStats(queue: "q", day: "2029-12-30", processed: 0, failed: 0),
                DailyStats(queue: "q", day: "2029-12-29", processed: 9, failed: 0),
            ])
        #expect(try await go.inspector(at: GoLayout.moment - 1).history(of: "q", days: 1) == [days[1]])
        for count in [0, -1, 3651, .max] {
            #expect(try await refusal { try await inspector.history(of: "q", days: count) } == .invalidArgument)
        }
        #expect(try await inspector.history(of: "q", days: TaskInspector.maxHistoryDays).count == 3650)
    }

    @Test(arguments: TaskState.allCases)
    func `item 57: pages of each state have Go's order and boundaries`(state: TaskState) async throws {
        // Equal scores stand in the order of the ids; a list's first is the one that was pushed first.
        for index in 0..<7 { try await go.put("t\(index)", state, score: GoLayout.moment + 60 + index / 2) }
        let expected = [["t0", "t1", "t2"], ["t3", "t4", "t5"], ["t6"], []]
        for (page, ids) in expected.enumerated() {
            let found = try await inspector.tasks(in: "q", state: state, page: page + 1, size: 3, group: "g")
            #expect(found.map(\.id) == ids)
            #expect(found.allSatisfy { $0.state == state })
        }
        for index in 7..<31 { try await go.put("t\(index)", state, score: GoLayout.moment + 99 + index) }
        #expect(try await inspector.tasks(in: "q", state: state, group: "g").count == 30)
        #expect(try await inspector.tasks(in: "q", state: state, page: 2, group: "g").map(\.id) == ["t30"])
    }

    @Test func `item 58: only a lease that has ended makes an orphan`() async throws {
        for (id, end) in [("over", -1), ("ending", 0), ("held", 1)] {
            try await go.put(id, .active, score: GoLayout.moment + end)
        }
        try await go.put("pending", .pending)
        let listed = try await inspector.tasks(in: "q", state: .active)
        #expect(listed.map(\.isOrphaned) == [true, true, false])
        for (id, isOrphaned) in [("over", true), ("ending", true), ("held", false), ("pending", false)] {
            #expect(try await inspector.task(id, in: "q").isOrphaned == isOrphaned)
        }
    }

    @Test func `item 64: an unknown queue is refused as such by every call that looks for it`() async throws {
        try await go.put("a", .pending)
        let calls: [(String, (TaskInspector) async throws -> Void)] = [
            ("info", { _ = try await $0.queueInfo(for: "x") }),
            ("history", { _ = try await $0.history(of: "x", days: 1) }),
            ("list", { _ = try await $0.tasks(in: "x", state: .pending) }),
            ("get", { _ = try await $0.task("a", in: "x") }),
            ("run", { try await $0.runTask("a", in: "x") }),
            ("archive", { try await $0.archiveTask("a", in: "x") }),
            ("delete", { try await $0.deleteTask("a", in: "x") }),
            ("cancel", { _ = try await $0.cancel("a", in: "x") }),
            ("update", { try await $0.updatePayload(of: "a", in: "x", to: []) }),
            ("run all", { try await $0.runAllTasks(in: "x", state: .retry) }),
            ("archive all", { try await $0.archiveAllTasks(in: "x", state: .retry) }),
            ("delete all", { try await $0.deleteAllTasks(in: "x", state: .retry) }),
            ("remove", { try await $0.removeQueue("x") }),
            ("remove with tasks", { try await $0.removeQueueWithTasks("x") }),
        ]
        for (name, call) in calls {
            #expect(try await refusal { try await call(inspector) } == .queueNotFound, "\(name)")
        }
    }

    @Test func `W25: without MEMORY USAGE and Redis 6.2's commands, queue info still answers`() async throws {
        let missing = ["MEMORY", "ZMSCORE", "SMISMEMBER", "GETEX"]
        try await RedisServerProcess.withServer(arguments: missing.flatMap { ["--rename-command", $0, ""] }) { server in
            let client = RedisClient(server.configuration, logger: RedisServerProcess.silentLogger)
            try await client.send("SADD", "asynq:queues", "q")
            try await client.send("LPUSH", "asynq:{q}:active", "a")
            try await client.send("HSET", "asynq:{q}:t:a", "msg", .bytes(go.message("a")), "state", "active")
            let inspector = TaskInspector(client: client)
            let info = try await inspector.queueInfo(for: "q")
            #expect(info.memoryUsage == nil)
            #expect(info.count(.active) == 1)
            #expect(try await inspector.tasks(in: "q", state: .active).map(\.id) == ["a"])
            await inspector.close()
        }
    }
}
