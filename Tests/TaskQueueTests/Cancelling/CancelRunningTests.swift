import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Cancelling what a server runs.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct CancelRunningTests: ServerSuite {
    let fixture: ServerFixture
    /// Publications reach every database.
    private let id = UUID().uuidString

    init() throws { fixture = try ServerFixture() }

    /// Looks for stored requests too seldom to find one in a test.
    private var unhearing: TaskServerConfiguration {
        configuration {
            $0.livenessDuration = .seconds(4 * 3600)
            $0.heartbeatInterval = .seconds(3600)
        }
    }

    private func expectCancelled(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await expectOutcome(.cancelled, sourceLocation: sourceLocation)
        let task = try await task(id)
        #expect(task.state == .archived, sourceLocation: sourceLocation)
        #expect(task.lastError == "cancelled", sourceLocation: sourceLocation)
        #expect(task.retried == 0, sourceLocation: sourceLocation)
    }

    @Test func `cancel: a handler deaf to it keeps its slot until it returns`() async throws {
        let (heard, gate) = (Mailbox<Void>(), Gate())
        let handler = ClosureHandler { [started, id] _, context in
            started.send(context.taskID)
            guard context.taskID == id else { return }
            while !Task.isCancelled { await Task.yield() }
            heard.send(())
            await gate.waitStubbornly()
        }
        try await enqueue(id)
        try await withServer(configuration { $0.concurrency = 1 }, handler: handler) { server in
            #expect(try await started.next() == id)
            try await enqueue("next")
            #expect(try await inspector.cancel(id, in: "default") == .requested)
            try await heard.next()
            #expect(server.runningTaskCount == 1)
            #expect(try await inspector.tasks(in: "default", state: .active).map(\.id) == [id])
            #expect(try await inspector.tasks(in: "default", state: .pending).map(\.id) == ["next"])
            gate.open()
            try await expectCancelled()
            #expect(try await started.next() == "next")
        }
    }

    @Test func `cancel: a task of another queue with the same id goes on`() async throws {
        let (other, gate) = (Gate(), Gate())
        let handler = ClosureHandler { [started] _, context in
            started.send(context.queue)
            try await (context.queue == "other" ? other : gate).wait()
        }
        try await enqueue(id)
        try await enqueue(id, on: "other")
        let configuration = configuration { $0.queues = ["default": 1, "other": 1] }
        try await withServer(configuration, handler: handler) { _ in
            _ = try await started.next(2)
            #expect(try await inspector.cancel(id, in: "default") == .requested)
            try await expectCancelled()
            // Asked again, so that whatever the first request had set off has been heard.
            #expect(try await task(id, in: "other").state == .active)
            other.open()
            try await expectOutcome(.succeeded)
        }
    }

    @Test func `cancel: what is published ends the run at once, but not that of another database's task`() async throws
    {
        let (gate, second) = (Gate(), UUID().uuidString)
        try await enqueue(id, second)
        try await withServer(unhearing, handler: waiting(at: gate)) { _ in
            _ = try await started.next(2)
            // The server hears from some moment on; until then both are repeated, the one that is not stored first.
            let asking = Task {
                while !Task.isCancelled {
                    try await redis.send("PUBLISH", "schedcu:cancel", .string(RedisKeys(queue: "default").task(id)))
                    _ = try? await inspector.cancel(second, in: "default")
                }
            }
            let (context, outcome) = try await outcomes.next()
            asking.cancel()
            #expect(context.taskID == second)
            #expect(outcome.kind == .cancelled)
            gate.open()
            try await expectOutcome(.succeeded)
        }
    }

    @Test(arguments: [0, 2])
    func `cancel: a task whose worker died after the request is archived without being run`(lostLooks: Int)
        async throws
    {
        let failures = LockedValue(lostLooks)
        let broker = FlakyBroker(broker) { call in
            guard call == .isCancellationRequested else { return }
            let fails = failures.withLock { failures in
                failures -= 1
                return failures >= 0
            }
            if fails { throw TestFailure(description: "the store is away") }
        }
        try await enqueue(id)
        try await take()
        #expect(try await inspector.cancel(id, in: "default") == .requested)
        let runs = Tally()
        let handler = ClosureHandler { _, _ in runs.add() }
        try await withServer(unhearing, broker: broker, handler: handler) { _ in try await expectCancelled() }
        #expect(failures.withLock { $0 } < 0)
        #expect(runs.count == 0)
    }

    @Test func `cancel: a request made between the taking and the start ends the run`() async throws {
        // Asks in the very call that takes the task: the server does not know of the run yet.
        let broker = FlakyBroker(broker) { _ in
        } afterDequeue: { [inspector] taken in
            for task in taken {
                let met = try await inspector.cancel(task.run.message.id, in: "default")
                #expect(met == .requested)
            }
        }
        try await enqueue(id)
        try await withServer(broker: broker, handler: waiting()) { _ in try await expectCancelled() }
    }

    @Test(arguments: [false, true])
    func `cancel: a failure of the handler's own does not hide the request`(skipsRetry: Bool) async throws {
        let handler = ClosureHandler { [redis] _, context in
            // The request alone: the worker does not hear of it before the handler ends.
            try await redis.send(
                "HSET", .string(RedisKeys(queue: "default").task(context.taskID)), "schedcu:cancel", 1)
            if skipsRetry { throw SkipRetry(TestFailure(description: "e")) }
            throw TestFailure(description: "e")
        }
        try await enqueue(id)
        try await withServer(unhearing, handler: handler) { _ in try await expectCancelled() }
    }

    @Test func `cancel: a handler that returned before its worker heard of the request has succeeded`() async throws {
        let handler = ClosureHandler { [redis] _, context in
            try await redis.send(
                "HSET", .string(RedisKeys(queue: "default").task(context.taskID)), "schedcu:cancel", 1)
        }
        try await enqueue(id)
        try await withServer(unhearing, handler: handler) { _ in
            try await expectOutcome(.succeeded)
        }
        #expect(try await queueInfo().size == 0)
    }

    @Test func `cancel: a shutdown gives the task back with its request, and the next worker archives it`()
        async throws
    {
        try await enqueue(id)
        var configuration = unhearing
        configuration.shutdownTimeout = .milliseconds(1)
        configuration.abandonTimeout = .milliseconds(50)
        try await withServer(configuration, handler: waiting(stubbornly: true)) { server in
            _ = try await started.next()
            try await redis.send("HSET", .string(RedisKeys(queue: "default").task(id)), "schedcu:cancel", 1)
            await server.shutdownNow()
        }
        try await expectOutcome(.requeued)
        let runs = Tally()
        let next = ClosureHandler { _, _ in runs.add() }
        try await withServer(handler: next) { _ in try await expectCancelled() }
        #expect(runs.count == 0)
    }
}
