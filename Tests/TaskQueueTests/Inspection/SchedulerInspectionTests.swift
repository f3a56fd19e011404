import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct SchedulerInspectionTests {
    private let go: GoLayout
    private var inspector: TaskInspector { go.inspector() }

    init() throws { go = try GoLayout() }

    @Test func `the periodic tasks and events that Go left are read, the next to be due first`() async throws {
        try await GoldenVectors.named("scheduler").restore(to: go.client)
        let entries = try await inspector.schedulerEntries()
        #expect(entries.map(\.spec) == ["@every 30s", "*/5 * * * *"])
        #expect(entries.map(\.taskType) == ["t:cron", "t:cron2"])
        #expect(entries.map { String(decoding: $0.taskPayload, as: UTF8.self) } == [#"{"user_id":42}"#, ""])
        #expect(entries.map(\.enqueueOptions) == [[#"Queue("critical")"#, "MaxRetry(3)"], []])
        #expect(entries[0].previousEnqueueAt == nil)
        #expect(entries[1].previousEnqueueAt.map { Int($0.timeIntervalSince1970) } == GoLayout.moment)
        let events = try await inspector.schedulerEnqueueEvents(entry: entries[1].id)
        #expect(events.map(\.taskID) == ["00000000-0000-4000-8000-000000000202"])
        #expect(events.map { Int($0.enqueuedAt.timeIntervalSince1970) } == [GoLayout.moment])
    }

    @Test func `a scheduler that expired is not read and goes from the index`() async throws {
        try await GoldenVectors.named("scheduler").restore(to: go.client)
        #expect(try await go.inspector(at: GoLayout.moment + 20).schedulerEntries().count == 2)
        #expect(try await go.inspector(at: GoLayout.moment + 21).schedulerEntries().isEmpty)
        #expect(try await go.integer("EXISTS", "asynq:schedulers") == 0)
    }

    @Test func `item 53: events come newest first, page by page, without those that do not decode`() async throws {
        let history = "asynq:scheduler_history:e"
        for index in 0..<5 {
            // SchedulerEnqueueEvent {"e<index>", 1700000000.123}.
            let event: [UInt8] = [
                0x0A, 2, UInt8(ascii: "e"), 0x30 + UInt8(index), 0x12, 0x0B, 0x08, 0x80, 0xE2, 0xCF, 0xAA, 0x06, 0x10,
                0xC0, 0xA9, 0xD3, 0x3A,
            ]
            try await go.client.send("ZADD", .string(history), .int(index), .bytes(event))
        }
        func page(_ number: Int) async throws -> [String] {
            try await inspector.schedulerEnqueueEvents(entry: "e", page: number, size: 2).map(\.taskID)
        }
        #expect(try await [page(1), page(2), page(3), page(4)] == [["e4", "e3"], ["e2", "e1"], ["e0"], []])
        try await go.client.send("ZADD", .string(history), 9, .bytes([0xFF]))
        #expect(try await page(1) == ["e4"])
        #expect(try await inspector.schedulerEnqueueEvents(entry: "unknown").isEmpty)
    }
}
