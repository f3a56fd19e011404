import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What our workers heed of a task beyond asynq's message, in a running server.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct PerTaskServerTests {
    private let fixture: ServerFixture
    private let outcomes = Outcomes()
    private let archived = Mailbox<ArchivedTask>()

    init() throws { fixture = try ServerFixture() }

    private func configuration(
        _ change: (inout TaskServerConfiguration) -> Void = { _ in }
    ) -> TaskServerConfiguration {
        ServerFixture.configuration {
            $0.report(to: outcomes)
            $0.onArchive = { [archived] in archived.send($0) }
            change(&$0)
        }
    }

    private func outcome(
        _ options: EnqueueOptions, configuration: TaskServerConfiguration? = nil,
        _ body: @escaping @Sendable (QueueTask, TaskContext) async throws -> Void
    ) async throws -> TaskOutcome {
        try await fixture.client.enqueue(QueueTask(type: "t"), options)
        var outcome: TaskOutcome?
        try await fixture.withServer(configuration ?? self.configuration(), handler: ClosureHandler(body)) { _ in
            outcome = try await outcomes.next().outcome
        }
        return try #require(outcome)
    }

    @Test func `a task's own retry delays come before the worker's rule`() async throws {
        let began = Date()
        let options = EnqueueOptions(taskID: "a", retryDelays: .listed([.seconds(5000), .seconds(1)]))
        let result = try await outcome(options) { _, _ in throw TestFailure(description: "e") }
        guard case .retrying(_, let at, _) = result else { return #expect(Bool(false), "\(result)") }
        #expect(at.timeIntervalSince(began) >= 5000)
    }

    @Test func `a recovered task keeps to its own retry delays, and archiving it is told`() async throws {
        let went = WorkerIdentity(host: "gone", pid: 1, serverID: "00000000-0000-4000-8000-000000000009")
        for (id, maxRetry) in [("a", 3), ("b", 0)] {
            let options = EnqueueOptions(
                taskID: id, maxRetry: maxRetry, retryDelays: .fixed(.seconds(100_000)))
            try await fixture.client.enqueue(QueueTask(type: "t"), options)
        }
        #expect(try await fixture.broker.dequeue(from: ["default"], limit: 2, worker: went).count == 2)
        // A Go worker took them over and died; ours are rescued instead.
        for id in ["a", "b"] {
            try await fixture.redis.client.send("HDEL", .string("asynq:{default}:t:\(id)"), "schedcu:owner")
            try await fixture.redis.client.send("ZADD", "asynq:{default}:lease", 1, .string(id))
        }
        try await fixture.withServer(configuration(), handler: ClosureHandler { _, _ in }) { _ in
            let told = try await archived.next()
            let text = "asynq: task lease expired"
            #expect(told == ArchivedTask(queue: "default", id: "b", type: "t", reason: text))
            while try await fixture.inspector.task("a", in: "default").state != .retry { await Task.yield() }
        }
        let next = try #require(try await fixture.inspector.task("a", in: "default").nextProcessAt)
        #expect(next.timeIntervalSinceNow > 90_000)
    }

    @Test func `a released task comes again without a retry, a failure or an error`() async throws {
        let errors = LockedValue(0)
        let options = EnqueueOptions(taskID: "a", maxRetry: 0)
        try await fixture.client.enqueue(QueueTask(type: "t"), options)
        let handler = ClosureHandler { _, context in
            if context.deliveries == 1 { throw ReleaseTask(after: .milliseconds(10)) }
        }
        try await fixture.withServer(
            configuration { $0.errorHandler = { _, _, _ in errors.withLock { $0 += 1 } } }, handler: handler
        ) { _ in
            let began = Date()
            let released = try await outcomes.next().outcome
            guard case .released(let until) = released else { return #expect(Bool(false), "\(released)") }
            #expect(until <= Date().addingTimeInterval(2) && until > began.addingTimeInterval(-1))
            let (context, outcome) = try await outcomes.next()
            guard case .succeeded = outcome else { return #expect(Bool(false), "\(outcome)") }
            #expect(context.retried == 0)
            #expect(context.deliveries == 2)
        }
        #expect(errors.withLock { $0 } == 0)
        let info = try await fixture.inspector.queueInfo(for: "default")
        #expect(info.processedTotal == 1)
        #expect(info.failedTotal == 0)
    }

    @Test func `a released task that was cancelled for good is archived, also if the cancelling did not reach the run`()
        async throws
    {
        let client = fixture.redis.client
        // The server looks for requests no sooner than this.
        let result = try await outcome(
            EnqueueOptions(taskID: "a"), configuration: configuration { $0.heartbeatInterval = .seconds(2) }
        ) { _, _ in
            try await client.send("HSET", "asynq:{default}:t:a", "schedcu:cancel", 1)
            throw ReleaseTask(after: .seconds(1))
        }
        guard case .cancelled = result else { return #expect(Bool(false), "\(result)") }
        #expect(try await archived.next().reason == "cancelled")
    }

    @Test func `a task that is taken too late is dropped, unseen and uncounted`() async throws {
        let (errors, seen) = (LockedValue(0), LockedValue(0))
        let options = EnqueueOptions(
            taskID: "a", unique: .seconds(60), uniqueKey: "k", retention: .seconds(60),
            expiresAt: Date(timeIntervalSinceNow: -5))
        let silent = configuration { $0.errorHandler = { _, _, _ in errors.withLock { $0 += 1 } } }
        let result = try await outcome(options, configuration: silent) { _, _ in seen.withLock { $0 += 1 } }
        guard case .expired = result else { return #expect(Bool(false), "\(result)") }
        let info = try await fixture.inspector.queueInfo(for: "default")
        #expect(info.size == 0)
        #expect(info.processedTotal == 0)
        #expect(try await fixture.redis.client.send("EXISTS", "schedcu:{default}:unique:k").integer() == 0)
        #expect(errors.withLock { $0 } == 0)
        #expect(seen.withLock { $0 } == 0)
    }

    @Test func `a task that was taken in time runs on after its expiry`() async throws {
        let options = EnqueueOptions(taskID: "a", expiresIn: .seconds(3600))
        let result = try await outcome(options) { _, _ in throw ReleaseTask(after: .zero) }
        guard case .released = result else { return #expect(Bool(false), "\(result)") }
        // As if the hour had passed.
        try await fixture.redis.client.send("HSET", "asynq:{default}:t:a", "schedcu:options", "1;e=1;")
        try await fixture.withServer(configuration(), handler: ClosureHandler { _, _ in }) { _ in
            let outcome = try await outcomes.next().outcome
            guard case .succeeded = outcome else { return #expect(Bool(false), "\(outcome)") }
        }
    }

    @Test func `a failure for good is told with queue, id, type and reason, and gives the lock back if asked to`()
        async throws
    {
        let options = EnqueueOptions(
            taskID: "a", maxRetry: 0, unique: .seconds(60), uniqueKey: "k", releasesUniqueOnArchive: true)
        _ = try await outcome(options) { _, _ in throw TestFailure(description: "why") }
        #expect(
            try await archived.next() == ArchivedTask(queue: "default", id: "a", type: "t", reason: "why"))
        let again = try await fixture.client.enqueue(
            QueueTask(type: "t"), EnqueueOptions(taskID: "b", unique: .seconds(60), uniqueKey: "k"))
        #expect(again.id == "b")
    }

    @Test func `I8: a task that kills its workers is told as archived`() async throws {
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "a"))
        let dead = WorkerIdentity(host: "dead", pid: 1, serverID: "00000000-0000-4000-8000-000000000003")
        let task = try #require(try await fixture.broker.dequeue(from: ["default"], limit: 1, worker: dead).first)
        #expect(try await fixture.broker.markAlone(task.run) == .written)
        try await fixture.withServer(configuration(), handler: ClosureHandler { _, _ in }) { _ in
            let reason = try await archived.next().reason
            #expect(reason.hasPrefix("poison"))
        }
    }
}
