import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What comes of a request to cancel a running task when its worker, or whoever asks, dies at any step.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct CancelStepTests {
    enum Failure: CaseIterable { case failure, noFailure, archive }
    enum Return: CaseIterable { case requeue, rescue }

    private let fixture: BrokerFixture
    private var broker: RedisBroker { fixture.broker }
    private var inspector: TaskInspector { fixture.inspector }
    private let lock = "asynq:{default}:unique:t:test:x"

    init() throws { fixture = try BrokerFixture() }

    /// A run of the task `a`, which holds a lock, with a request to cancel it.
    private func requested() async throws -> TaskRun {
        let run = try await fixture.running(fixture.message("a", uniqueKey: lock), uniqueFor: .seconds(1000)).run
        #expect(try await inspector.cancel("a", in: "default") == .requested)
        return run
    }

    private func write(_ failure: Failure, _ run: TaskRun) async throws -> OutcomeWrite {
        switch failure {
        case .failure: try await broker.retry(run, at: fixture.clock.now, error: "e", isFailure: true)
        case .noFailure: try await broker.retry(run, at: fixture.clock.now, error: "e", isFailure: false)
        case .archive: try await broker.archive(run, error: "e")
        }
    }

    private func expectCancelled(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let message = try await fixture.storedMessage("a")
        #expect(message.errorMessage == "cancelled", sourceLocation: sourceLocation)
        #expect(message.retried == 0, sourceLocation: sourceLocation)
        #expect(try await fixture.field("state", of: "a") == "archived", sourceLocation: sourceLocation)
        #expect(try await fixture.field("schedcu:cancel", of: "a") == nil, sourceLocation: sourceLocation)
        #expect(
            try await fixture.strings("ZRANGE", "asynq:{default}:archived", 0, -1) == ["a"],
            sourceLocation: sourceLocation)
        let others = try await fixture.integer(
            "EXISTS", "asynq:{default}:active", "asynq:{default}:lease", "asynq:{default}:retry",
            "asynq:{default}:pending", .string(lock))
        #expect(others == 0, sourceLocation: sourceLocation)
        #expect(
            try await fixture.send("GET", "asynq:{default}:failed").integer() == 1, sourceLocation: sourceLocation)
    }

    @Test(arguments: Failure.allCases)
    func `cancel: whatever failure the run ends with, the task is archived with the reason`(failure: Failure)
        async throws
    {
        let run = try await requested()
        #expect(try await write(failure, run) == .cancelled)
        try await expectCancelled()
        // The worker did not hear the answer, and writes again.
        #expect(try await write(failure, run) == .superseded)
        try await expectCancelled()
    }

    @Test(arguments: Return.allCases, Failure.allCases)
    func `cancel: the request goes with a task that is given back or rescued`(way: Return, failure: Failure)
        async throws
    {
        var run = try await requested()
        for deliveries in 2...3 {
            #expect(try await (way == .requeue ? broker.requeue(run) : broker.rescue(run)) == .written)
            let taken = try await fixture.taken()
            #expect(taken.deliveries == deliveries)
            run = taken.run
            #expect(try await broker.isCancellationRequested(of: run))
            #expect(try await broker.cancellationRequests(among: [run]) == [0])
        }
        #expect(try await write(failure, run) == .cancelled)
        try await expectCancelled()
    }

    @Test func `cancel: a task that was given back with its request is archived by a second one`() async throws {
        let run = try await requested()
        #expect(try await broker.rescue(run) == .written)
        #expect(try await inspector.cancel("a", in: "default") == .archived)
        #expect(try await fixture.field("schedcu:cancel", of: "a") == nil)
        #expect(try await fixture.storedMessage("a").errorMessage == "cancelled")
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:pending", .string(lock)) == 0)
    }

    @Test func `cancel: a run that lost its task writes nothing, and the request stays with the task`() async throws {
        let stale = try await requested()
        #expect(try await broker.rescue(stale) == .written)
        let present = try await fixture.taken().run
        for failure in Failure.allCases { #expect(try await write(failure, stale) == .superseded) }
        #expect(try await broker.isCancellationRequested(of: present))
        #expect(try await fixture.field("state", of: "a") == "active")
    }

    @Test(arguments: [0, 60] as [Int64])
    func `cancel: a run that succeeded first has succeeded, and nothing is left of the request`(retention: Int64)
        async throws
    {
        let run = try await fixture.running(fixture.message("a", retention: retention)).run
        #expect(try await inspector.cancel("a", in: "default") == .requested)
        #expect(try await (retention > 0 ? broker.complete(run) : broker.done(run)) == .written)
        #expect(try await fixture.field("state", of: "a") == (retention > 0 ? "completed" : nil))
        #expect(try await fixture.field("schedcu:cancel", of: "a") == nil)
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:archived") == 0)
    }

    @Test func `cancel: a run that succeeded first hands over, and nothing is left of the request`() async throws {
        let run = try await fixture.running(fixture.message("a", retention: 60)).run
        #expect(try await inspector.cancel("a", in: "default") == .requested)
        #expect(try await broker.complete(run, handingOverTo: fixture.message("b")) == .written)
        #expect(try await fixture.field("schedcu:cancel", of: "a") == nil)
        #expect(try await fixture.field("state", of: "b") == "pending")
    }

    @Test(arguments: [true, false])
    func `cancel: a request does not reach a later run of the task, whoever has it run again`(isGoTool: Bool)
        async throws
    {
        let run = try await requested()
        #expect(try await write(.failure, run) == .cancelled)
        if isGoTool {
            // What asynq's tool does: it knows nothing of our fields.
            _ = try await fixture.integer("ZREM", "asynq:{default}:archived", "a")
            _ = try await fixture.integer("LPUSH", "asynq:{default}:pending", "a")
            _ = try await fixture.integer("HSET", "asynq:{default}:t:a", "state", "pending")
        } else {
            try await inspector.runTask("a", in: "default")
        }
        let again = try await fixture.taken().run
        #expect(try await !broker.isCancellationRequested(of: again))
        #expect(try await write(.failure, again) == .written)
        #expect(try await fixture.field("state", of: "a") == "retry")
    }

    @Test func `cancel: a request does not reach another task that takes the id`() async throws {
        let run = try await fixture.running(fixture.message("a")).run
        #expect(try await inspector.cancel("a", in: "default") == .requested)
        #expect(try await broker.done(run) == .written)
        #expect(try await refusal { try await inspector.cancel("a", in: "default") } == .taskNotFound)
        let next = try await fixture.running(fixture.message("a")).run
        #expect(try await !broker.isCancellationRequested(of: next))
        #expect(try await write(.failure, next) == .written)
    }

    @Test func `cancel: what a Go worker tries again is archived by the first of ours that takes it`() async throws {
        // What asynq publishes reaches every database.
        let id = UUID().uuidString
        let go = GoFleet(redis: fixture.redis.client, clock: { [clock = fixture.clock] in clock.now })
        #expect(try await go.enqueue(fixture.message(id)) == 1)
        let message = try #require(try await go.dequeue())
        #expect(try await inspector.cancel(id, in: "default") == .requested)
        try await go.retry(message, at: go.now, error: "context canceled")
        #expect(try await broker.forward(queue: "default") == 1)
        let run = try await fixture.taken().run
        #expect(try await broker.isCancellationRequested(of: run))
        #expect(try await write(.failure, run) == .cancelled)
        #expect(try await fixture.field("state", of: id) == "archived")
    }

    @Test func `cancel: a Go worker hears of it on asynq's channel, one of ours on its own`() async throws {
        // Channels are of the whole server, so the ids are of this test only.
        let (mine, foreign, end) = (UUID().uuidString, UUID().uuidString, UUID().uuidString)
        let go = GoFleet(redis: fixture.redis.client, clock: { [clock = fixture.clock] in clock.now })
        _ = try await fixture.running(fixture.message(mine))
        #expect(try await go.enqueue(fixture.message(foreign)) == 1)
        _ = try #require(try await go.dequeue())
        // A server's channels are heard from some moment on; until then the requests are repeated.
        let (asynq, ours) = (broker.cancellations(), broker.cancelRequests())
        let asking = Task {
            while !Task.isCancelled {
                for id in [mine, foreign] { _ = try await inspector.cancel(id, in: "default") }
                try await go.cancel(end)
            }
        }
        defer { asking.cancel() }
        var heard: [String] = []
        for await id in asynq where [mine, foreign, end].contains(id) {
            heard.append(id)
            if heard.count > 10 { break }
        }
        #expect(Set(heard) == [foreign, end])
        for await request in ours where request.id == mine {
            #expect(request == CancelRequest(queue: "default", id: mine))
            break
        }
    }
}
