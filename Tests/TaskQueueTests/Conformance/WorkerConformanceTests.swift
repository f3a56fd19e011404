import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Section 7, items 19 to 29 and 38: our server on tasks that Go enqueued.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct WorkerConformanceTests {
    private let fixture: ConformanceFixture
    private let go: GoFleet

    init() throws {
        fixture = try ConformanceFixture()
        go = fixture.go
    }

    private func enqueue(_ id: String = "a", maxRetry: Int32 = 25, _ change: (inout TaskMessage) -> Void = { _ in })
        async throws
    {
        #expect(try await go.enqueue(ConformanceFixture.message(id, maxRetry: maxRetry, change: change)) == 1)
    }

    @Test func `item 19: a task of Go's that we run is active under a lease and no longer pending`() async throws {
        try await enqueue()
        let began = go.now
        try await fixture.work { [go] _, context in
            let task = try #require(await go.task("a"))
            #expect(task.state == "active")
            #expect(task.text("pending_since") == nil)
            #expect(try await go.ids("pending") == [])
            #expect(try await go.ids("active") == ["a"])
            let lease = try #require(await go.second("a", "lease"))
            #expect(lease >= began + 30 && lease <= go.now + 30)
        }
    }

    @Test func `item 20: success leaves no task, no lease and one more processed`() async throws {
        try await enqueue()
        try await fixture.work { _, _ in }
        #expect(try await go.task("a") == nil)
        #expect(try await go.ids("active") == [])
        #expect(try await go.ids("lease") == [])
        #expect(try await go.count("processed") == 1)
        #expect(try await go.countToday("processed") == 1)
        #expect(try await go.exists("asynq:{default}:failed") == false)
    }

    @Test func `item 21: success with retention keeps the task as completed until the retention ends`() async throws {
        try await enqueue { $0.retentionSeconds = 3600 }
        let before = go.now
        try await fixture.work { _, context in try await context.resultWriter.write(Array("done".utf8)) }
        let task = try #require(await go.task("a"))
        #expect(task.state == "completed")
        #expect((before...go.now).contains(task.message.completedAtUnixSeconds))
        #expect(try await go.score("a", "completed") == String(task.message.completedAtUnixSeconds + 3600))
        #expect(try await go.ids("completed") == ["a"])
        #expect(task.text("result") == "done")
        #expect(try await go.ids("active") == [])
        #expect(try await go.ids("lease") == [])
        #expect(try await go.count("processed") == 1)
    }

    @Test(arguments: [0, 1, 3] as [Int32])
    func `item 22: a failure is kept for a retry within the formula's bounds and counted`(retried: Int32) async throws {
        try await enqueue { $0.retried = retried }
        let before = go.now
        try await fixture.work { _, _ in throw TestFailure(description: "boom: é") }
        let task = try #require(await go.task("a"))
        #expect(task.state == "retry")
        #expect(task.message.retried == retried + 1)
        #expect(task.message.errorMessage == "boom: é")
        #expect((before...go.now).contains(task.message.lastFailedAtUnixSeconds))
        let score = try #require(await go.second("a", "retry"))
        // n⁴ + 15 + random(0...29) × (n + 1), and a fraction of a second is rounded up.
        let n = Int64(retried)
        let least = n * n * n * n + 15
        #expect(score >= before + least && score <= go.now + least + 29 * (n + 1) + 1)
        for name in ["processed", "failed"] {
            #expect(try await go.count(name) == 1)
            #expect(try await go.countToday(name) == 1)
        }
    }

    @Test func `item 23: what is no failure costs no retry and no count, and its text is kept`() async throws {
        try await enqueue { $0.retried = 2 }
        let configuration = fixture.configuration { $0.isFailure = { _ in false } }
        try await fixture.work(1, configuration) { _, _ in throw TestFailure(description: "rate limited") }
        let task = try #require(await go.task("a"))
        #expect(task.state == "retry")
        #expect(task.message.retried == 2)
        #expect(task.message.errorMessage == "rate limited")
        #expect(try await fixture.hasKey("asynq:{default}:processed*") == false)
        #expect(try await fixture.hasKey("asynq:{default}:failed*") == false)
    }

    @Test(arguments: [(0, 0), (25, 25), (3, 2)] as [(Int32, Int32)])
    func `item 24: a task at its retry limit is archived and counted`(
        retried: Int32, maxRetry: Int32
    ) async throws {
        try await enqueue(maxRetry: maxRetry) { $0.retried = retried }
        try await fixture.work { _, _ in throw TestFailure(description: "gave up") }
        let task = try #require(await go.task("a"))
        #expect(task.state == "archived")
        #expect(task.message.errorMessage == "gave up")
        #expect(try await go.ids("archived") == ["a"])
        let score = try #require(await go.second("a", "archived"))
        #expect((go.now - 60...go.now).contains(score))
        #expect(try await go.count("processed") == 1)
        #expect(try await go.count("failed") == 1)
    }

    @Test(arguments: [(0, 1), (24, 25)] as [(Int32, Int32)])
    func `item 24: a task one below its retry limit is tried once more`(retried: Int32, maxRetry: Int32) async throws {
        try await enqueue(maxRetry: maxRetry) { $0.retried = retried }
        try await fixture.work { _, _ in throw TestFailure(description: "not yet") }
        let task = try #require(await go.task("a"))
        #expect(task.state == "retry")
        #expect(task.message.retried == maxRetry)
        #expect(try await go.ids("retry") == ["a"])
        #expect(try await go.ids("archived") == [])
        #expect(try await go.count("failed") == 1)
    }

    @Test func `item 25: SkipRetry archives, RevokeTask deletes and counts even with retention`() async throws {
        for id in ["skip", "wrapped", "revoke", "wrapped revoke"] { try await enqueue(id) { $0.retentionSeconds = 60 } }
        try await fixture.work(4) { _, context in
            switch context.taskID {
            case "skip": throw SkipRetry("no use")
            case "wrapped": throw SkipRetry(TestFailure(description: "inner"))
            case "revoke": throw RevokeTask()
            default: throw RevokeTask(TestFailure(description: "inner"))
            }
        }
        #expect(try await go.task("skip")?.state == "archived")
        #expect(try await go.task("skip")?.message.errorMessage == "no use")
        #expect(try await go.task("wrapped")?.message.errorMessage == "inner")
        #expect(try await go.task("revoke") == nil)
        #expect(try await go.task("wrapped revoke") == nil)
        #expect(try await go.count("processed") == 4)
        #expect(try await go.count("failed") == 2)
    }

    @Test func `item 25: an error that wraps SkipRetry or RevokeTask, once or deeper, counts as the one that it wraps`()
        async throws
    {
        let errors: [String: any Error] = [
            "skip": Wrapped(text: "reading", underlying: SkipRetry("no use")),
            "deep skip": Wrapped(text: "a", underlying: Wrapped(text: "b", underlying: SkipRetry("no use"))),
            "revoke": Wrapped(text: "reading", underlying: RevokeTask()),
            "deep revoke": Wrapped(text: "a", underlying: Wrapped(text: "b", underlying: RevokeTask())),
            "other": Wrapped(text: "a", underlying: TestFailure(description: "b")),
        ]
        for id in errors.keys { try await enqueue(id) { $0.retentionSeconds = 60 } }
        try await fixture.work(errors.count) { _, context in if let error = errors[context.taskID] { throw error } }
        #expect(Set(try await go.ids("archived")) == ["skip", "deep skip"])
        #expect(try await go.task("skip")?.message.errorMessage == "reading: no use")
        #expect(try await go.task("deep skip")?.message.errorMessage == "a: b: no use")
        #expect(try await go.task("revoke") == nil)
        #expect(try await go.task("deep revoke") == nil)
        #expect(try await go.ids("retry") == ["other"])
        #expect(try await go.count("processed") == 5)
        #expect(try await go.count("failed") == 3)
    }

    @Test func `item 28: a run's deadline is the earlier of its timeout and its deadline, and 30 min without either`()
        async throws
    {
        let soon = go.now + 100
        try await enqueue("timeout") { $0.deadlineUnixSeconds = soon + 10_000 }
        try await enqueue("deadline") { $0.deadlineUnixSeconds = soon }
        try await enqueue("deadline alone") { ($0.timeoutSeconds, $0.deadlineUnixSeconds) = (0, soon) }
        try await enqueue("none") { $0.timeoutSeconds = 0 }
        let limits = Mailbox<(String, Date, Date)>()
        try await fixture.work(4) { _, context in limits.send((context.taskID, context.deadline, Date())) }
        for (id, deadline, now) in try await limits.next(4) {
            let left = deadline.timeIntervalSince(now)
            switch id {
            case "deadline", "deadline alone": #expect(deadline == Date(timeIntervalSince1970: TimeInterval(soon)))
            default: #expect(left > 1700 && left <= 1800, "\(id)")
            }
        }
    }

    @Test func `item 29: a result is there while the task runs and afterwards, the last write wins`() async throws {
        try await enqueue { $0.retentionSeconds = 60 }
        try await fixture.work { [go] _, context in
            try await context.resultWriter.write(Array("half".utf8))
            #expect(try await go.task("a")?.text("result") == "half")
            #expect(try await go.task("a")?.state == "active")
            try await context.resultWriter.write([0, 255])
            #expect(try await go.task("a")?.fields["result"] == [0, 255])
        }
        #expect(try await go.task("a")?.fields["result"] == [0, 255])
        #expect(try await go.task("a")?.state == "completed")
    }

    @Test func `item 38: a failure's text is stored as valid UTF-8 whatever it was made of`() async throws {
        let damaged = String(decoding: [0x66, 0xC3, 0x28, 0xFF, 0xED, 0xA0, 0x80, 0x00], as: UTF8.self)
        try await enqueue()
        try await fixture.work { _, _ in throw TestFailure(description: damaged) }
        let fields = try #require(await go.task("a")).fields
        let message = try #require(fields["msg"])
        // Go refuses to decode a string field that is not UTF-8.
        #expect(try TaskMessage(decoding: message).errorMessage == damaged)
        let text = Array(damaged.utf8)
        #expect(String(validating: text, as: UTF8.self) == damaged)
        #expect(message.indices.contains { message[$0...].starts(with: text) })
    }
}
