import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What our workers heed of a task beyond asynq's message, in a running server.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct PerTaskServerTests: ServerSuite {
    let fixture: ServerFixture
    private let archived = Mailbox<ArchivedTask>()

    init() throws { fixture = try ServerFixture() }

    func configure(_ configuration: inout TaskServerConfiguration) {
        configuration.onArchive = { [archived] in archived.send($0) }
    }

    @Test func `a task's own retry delays come before the worker's rule`() async throws {
        let began = Date()
        let options = EnqueueOptions(taskID: "a", retryDelays: .listed([.seconds(5000), .seconds(1)]))
        let result = try await outcome(options) { _, _ in throw TestFailure(description: "e") }
        guard case .retrying(_, let at, _) = result else { return #expect(Bool(false), "\(result)") }
        #expect(at.timeIntervalSince(began) >= 5000)
    }

    @Test func `a recovered task keeps to its own retry delays, and archiving it is told`() async throws {
        for (id, maxRetry) in [("a", 3), ("b", 0)] {
            try await enqueue(
                EnqueueOptions(taskID: id, maxRetry: maxRetry, retryDelays: .fixed(.seconds(100_000))))
        }
        #expect(try await broker.dequeue(from: ["default"], limit: 2, worker: .other).count == 2)
        // A Go worker took them over and died; ours are rescued instead.
        for id in ["a", "b"] {
            try await redis.send("HDEL", .string("asynq:{default}:t:\(id)"), "schedcu:owner")
            try await redis.send("ZADD", "asynq:{default}:lease", 1, .string(id))
        }
        try await withServer { _ in
            let told = try await archived.next()
            let text = "asynq: task lease expired"
            #expect(told == ArchivedTask(queue: "default", id: "b", type: "t", reason: text))
            try await until { try await task("a").state == .retry }
        }
        let next = try #require(try await task("a").nextProcessAt)
        #expect(next.timeIntervalSinceNow > 90_000)
    }

    @Test func `a released task comes again without a retry, a failure or an error`() async throws {
        let errors = Tally()
        try await enqueue(EnqueueOptions(taskID: "a", maxRetry: 0))
        let handler = ClosureHandler { _, context in
            if context.deliveries == 1 { throw ReleaseTask(after: .milliseconds(10)) }
        }
        let configuration = configuration { $0.errorHandler = { _, _, _ in errors.add() } }
        try await withServer(configuration, handler: handler) { _ in
            let began = Date()
            let released = try await outcomes.next().outcome
            guard case .released(let until) = released else { return #expect(Bool(false), "\(released)") }
            #expect(until <= Date().addingTimeInterval(2) && until > began.addingTimeInterval(-1))
            let (context, outcome) = try await outcomes.next()
            #expect(outcome.kind == .succeeded)
            #expect(context.retried == 0)
            #expect(context.deliveries == 2)
        }
        #expect(errors.count == 0)
        let info = try await queueInfo()
        #expect(info.processedTotal == 1)
        #expect(info.failedTotal == 0)
    }

    @Test func `a released task that was cancelled for good is archived, also if the cancelling did not reach the run`()
        async throws
    {
        // The server looks for requests no sooner than this.
        let result = try await outcome(
            EnqueueOptions(taskID: "a"), configuration: configuration { $0.heartbeatInterval = .seconds(2) }
        ) { _, _ in
            try await redis.send("HSET", "asynq:{default}:t:a", "schedcu:cancel", 1)
            throw ReleaseTask(after: .seconds(1))
        }
        #expect(result.kind == .cancelled)
        #expect(try await archived.next().reason == "cancelled")
    }

    @Test func `a task that is taken too late is dropped, unseen and uncounted`() async throws {
        let (errors, seen) = (Tally(), Tally())
        let options = EnqueueOptions(
            taskID: "a", unique: .seconds(60), uniqueKey: "k", retention: .seconds(60),
            expiresAt: Date(timeIntervalSinceNow: -5))
        let silent = configuration { $0.errorHandler = { _, _, _ in errors.add() } }
        let result = try await outcome(options, configuration: silent) { _, _ in seen.add() }
        #expect(result.kind == .expired)
        let info = try await queueInfo()
        #expect(info.size == 0)
        #expect(info.processedTotal == 0)
        #expect(try await redis.send("EXISTS", "schedcu:{default}:unique:k").integer() == 0)
        #expect(errors.count == 0)
        #expect(seen.count == 0)
    }

    @Test func `a task that was taken in time runs on after its expiry`() async throws {
        let options = EnqueueOptions(taskID: "a", expiresIn: .seconds(3600))
        let result = try await outcome(options) { _, _ in throw ReleaseTask(after: .zero) }
        #expect(result.kind == .released)
        // As if the hour had passed.
        try await redis.send("HSET", "asynq:{default}:t:a", "schedcu:options", "1;e=1;")
        try await withServer { _ in
            try await expectOutcome(.succeeded)
        }
    }

    @Test func `a failure for good is told with queue, id, type and reason, and gives the lock back if asked to`()
        async throws
    {
        let options = EnqueueOptions(
            taskID: "a", maxRetry: 0, unique: .seconds(60), uniqueKey: "k", releasesUniqueOnArchive: true)
        _ = try await outcome(options) { _, _ in throw TestFailure(description: "why") }
        #expect(try await archived.next() == ArchivedTask(queue: "default", id: "a", type: "t", reason: "why"))
        let again = try await enqueue(EnqueueOptions(taskID: "b", unique: .seconds(60), uniqueKey: "k"))
        #expect(again.id == "b")
    }

    @Test func `I8: a task that kills its workers is told as archived`() async throws {
        try await enqueue("a")
        let task = try await take()
        #expect(try await broker.markAlone(task.run) == .written)
        try await withServer { _ in
            let reason = try await archived.next().reason
            #expect(reason.hasPrefix("poison"))
        }
    }
}
