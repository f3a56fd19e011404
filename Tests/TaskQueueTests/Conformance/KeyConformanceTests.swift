import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Section 7, item 73: what our servers, clients and tools leave in Redis.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct KeyConformanceTests {
    private let fixture: ConformanceFixture
    private let go: GoFleet

    init() throws {
        fixture = try ConformanceFixture()
        go = fixture.go
    }

    @Test func `item 73: every key left after a full run is in the table of 1-2 or documented as ours`() async throws {
        try await WholeLife(
            client: fixture.client, broker: fixture.broker, inspector: fixture.ours.inspector, redis: fixture.redis
        ).run(logger: fixture.ours.redis.logger)
        let keys = try await fixture.redis.send("KEYS", "*").array().map { try $0.string() }
        #expect(keys.count > 15)
        let strays = try keys.filter { try !Self.matches($0, Self.documented) }
        #expect(strays == [])
        for pattern in Self.documented where !Self.gone.contains(pattern) {
            #expect(try keys.contains { try Self.matches($0, [pattern]) }, "the run left no key like \(pattern)")
        }
        for queue in WholeLife.removedQueues { #expect(!keys.contains { $0.contains("{\(queue)}") }, "\(queue)") }
        let listed = try await fixture.redis.send("SMEMBERS", "asynq:queues").array().map { try $0.string() }
        #expect(Set(listed) == Set(WholeLife.queues + ["joined ü", "periodic", "flow ü"]))
        // Private fields sit beside asynq's in a task's hash, under our own prefix.
        let fields: Set = ["msg", "state", "pending_since", "unique_key", "group", "result"]
        for key in keys where key.contains(":t:") {
            let names = try await fixture.redis.send("HKEYS", .string(key)).array().map { try $0.string() }
            #expect(names.allSatisfy { fields.contains($0) || $0.hasPrefix("schedcu:") }, "\(key): \(names)")
        }
        // No server runs, so nothing of one is left; and only what may expire does.
        #expect(keys.allSatisfy { !$0.hasPrefix("asynq:servers") && !$0.hasPrefix("schedcu:worker:") })
        for key in keys where try await go.secondsLeft(key) != -1 {
            #expect(try Self.matches(key, Self.expiring), "\(key) expires")
        }
    }

    /// Table 1.2, then ours (`RedisKeys.swift`).
    private static let documented = [
        #"asynq:(queues|servers|workers|schedulers)"#,
        #"asynq:(servers|workers|schedulers):\{.+\}"#,
        #"asynq:\{[^}]+\}:t:.+"#,
        #"asynq:\{[^}]+\}:(pending|active|lease|scheduled|retry|archived|completed|paused|groups|aggregation_sets)"#,
        #"asynq:\{[^}]+\}:g:.+"#,
        #"asynq:\{[^}]+\}:unique:.+:([0-9a-f]{32})?"#,
        #"asynq:\{[^}]+\}:(processed|failed)(:\d{4}-\d\d-\d\d)?"#,
        #"asynq:scheduler_history:.+"#,
        #"asynq:sema:.+"#,
        #"schedcu:\{[^}]+\}:quarantine"#,
        #"schedcu:\{[^}]+\}:unique:.+"#,
        #"schedcu:\{[^}]+\}:(limits|rate)"#,
        #"schedcu:\{[^}]+\}:(scheduler_term|ticks):.+"#,
        #"schedcu:scheduler:leader(:.+)?"#,
        #"\{schedcu:scheduler:leader(:[^}]+)?\}:(terms|ticks:.+)"#,
        #"schedcu:\{[^}]+\}:workflow:.+"#,
        #"schedcu:\{[^}]+\}:(workflows|workflow-steps)"#,
        #"schedcu:groups:swept"#,
        #"schedcu:worker:.+"#,
    ]

    /// What nobody leaves behind who had the time to clear up.
    private static let gone = [
        #"asynq:(servers|workers|schedulers):\{.+\}"#, #"schedcu:worker:.+"#, #"schedcu:scheduler:leader(:.+)?"#,
    ]

    private static let expiring = [
        #"(asynq|schedcu):\{[^}]+\}:(unique:.*|(processed|failed):\d{4}-\d\d-\d\d)"#,
        #"asynq:scheduler_history:.+"#, #"schedcu:groups:swept"#, #"schedcu:\{[^}]+\}:rate"#,
        #"schedcu:\{[^}]+\}:(scheduler_term|ticks):.+"#, #"\{schedcu:scheduler:leader(:[^}]+)?\}:ticks:.+"#,
        #"schedcu:\{[^}]+\}:workflow:.+"#,
    ]

    private static func matches(_ key: String, _ patterns: [String]) throws -> Bool {
        try patterns.contains { try Regex($0).wholeMatch(in: key) != nil }
    }
}
