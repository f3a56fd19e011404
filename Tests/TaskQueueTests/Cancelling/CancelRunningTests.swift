import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Cancelling what a server runs.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct CancelRunningTests {
    private let fixture: ServerFixture
    private let outcomes = Outcomes()
    private let started = Mailbox<String>()
    /// Publications reach every database.
    private let id = UUID().uuidString
    private let dead = WorkerIdentity(host: "dead", pid: 1, serverID: "00000000-0000-4000-8000-000000000001")

    init() throws { fixture = try ServerFixture() }

    private func configuration(
        _ change: (inout TaskServerConfiguration) -> Void = { _ in }
    ) -> TaskServerConfiguration {
        ServerFixture.configuration {
            $0.report(to: outcomes)
            change(&$0)
        }
    }

    /// Looks for stored requests too seldom to find one in a test.
    private var unhearing: TaskServerConfiguration {
        configuration {
            $0.livenessDuration = .seconds(4 * 3600)
            $0.heartbeatInterval = .seconds(3600)
        }
    }

    private func enqueue(_ id: String, on queue: String = "default") async throws {
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(queue: queue, taskID: id))
    }

    private func expectCancelled(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        guard case .cancelled = try await outcomes.next().outcome else {
            return #expect(Bool(false), "not cancelled", sourceLocation: sourceLocation)
        }
        let task = try await fixture.inspector.task(id, in: "default")
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
        try await fixture.withServer(configuration { $0.concurrency = 1 }, handler: handler) { server in
            #expect(try await started.next() == id)
            try await enqueue("next")
            #expect(try await fixture.inspector.cancel(id, in: "default") == .requested)
            try await heard.next()
            #expect(server.runningTaskCount == 1)
            #expect(try await fixture.inspector.tasks(in: "default", state: .active).map(\.id) == [id])
            #expect(try await fixture.inspector.tasks(in: "default", state: .pending).map(\.id) == ["next"])
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
        try await fixture.withServer(configuration, handler: handler) { _ in
            _ = try await started.next(2)
            #expect(try await fixture.inspector.cancel(id, in: "default") == .requested)
            try await expectCancelled()
            // Asked again, so that whatever the first request had set off has been heard.
            #expect(try await fixture.inspector.task(id, in: "other").state == .active)
            other.open()
            guard case .succeeded = try await outcomes.next().outcome else {
                return #expect(Bool(false), "the other queue's task did not succeed")
            }
        }
    }

    @Test func `cancel: what is published ends the run at once, but not that of another database's task`() async throws
    {
        let (gate, second) = (Gate(), UUID().uuidString)
        let handler = ClosureHandler { [started] _, context in
            started.send(context.taskID)
            try await gate.wait()
        }
        try await enqueue(id)
        try await enqueue(second)
        try await fixture.withServer(unhearing, handler: handler) { _ in
            _ = try await started.next(2)
            // The server hears from some moment on; until then both are repeated, the one that is not stored first.
            let asking = Task {
                while !Task.isCancelled {
                    try await fixture.redis.client.send(
                        "PUBLISH", "schedcu:cancel", .string(RedisKeys(queue: "default").task(id)))
                    _ = try? await fixture.inspector.cancel(second, in: "default")
                }
            }
            let (context, outcome) = try await outcomes.next()
            asking.cancel()
            #expect(context.taskID == second)
            guard case .cancelled = outcome else { return #expect(Bool(false), "not cancelled") }
            gate.open()
            guard case .succeeded = try await outcomes.next().outcome else {
                return #expect(Bool(false), "the other task did not succeed")
            }
        }
    }

    @Test(arguments: [0, 2])
    func `cancel: a task whose worker died after the request is archived without being run`(lostLooks: Int)
        async throws
    {
        let failures = LockedValue(lostLooks)
        let broker = FlakyBroker(fixture.broker, doneFaults: []) { call in
            guard call == .isCancellationRequested else { return }
            let fails = failures.withLock { failures in
                failures -= 1
                return failures >= 0
            }
            if fails { throw TestFailure(description: "the store is away") }
        }
        try await enqueue(id)
        #expect(try await fixture.broker.dequeue(from: ["default"], limit: 1, worker: dead).count == 1)
        #expect(try await fixture.inspector.cancel(id, in: "default") == .requested)
        let ran = LockedValue(false)
        let handler = ClosureHandler { _, _ in ran.withLock { $0 = true } }
        try await fixture.withServer(unhearing, broker: broker, handler: handler) { _ in
            try await expectCancelled()
        }
        #expect(failures.withLock { $0 } < 0)
        #expect(ran.withLock { $0 } == false)
    }

    @Test func `cancel: a request made between the taking and the start ends the run`() async throws {
        let inspector = fixture.inspector
        // Asks in the very call that takes the task: the server does not know of the run yet.
        let broker = FlakyBroker(fixture.broker, doneFaults: []) { _ in
        } afterDequeue: { taken in
            for task in taken {
                let met = try await inspector.cancel(task.run.message.id, in: "default")
                #expect(met == .requested)
            }
        }
        try await enqueue(id)
        let handler = ClosureHandler { _, _ in try await Gate().wait() }
        try await fixture.withServer(configuration(), broker: broker, handler: handler) { _ in
            try await expectCancelled()
        }
    }

    @Test(arguments: [false, true])
    func `cancel: a failure of the handler's own does not hide the request`(skipsRetry: Bool) async throws {
        let client = fixture.redis.client
        let handler = ClosureHandler { _, context in
            // The request alone: the worker does not hear of it before the handler ends.
            try await client.send(
                "HSET", .string(RedisKeys(queue: "default").task(context.taskID)), "schedcu:cancel", 1)
            if skipsRetry { throw SkipRetry(TestFailure(description: "e")) }
            throw TestFailure(description: "e")
        }
        try await enqueue(id)
        try await fixture.withServer(unhearing, handler: handler) { _ in
            try await expectCancelled()
        }
    }

    @Test func `cancel: a handler that returned before its worker heard of the request has succeeded`() async throws {
        let client = fixture.redis.client
        let handler = ClosureHandler { _, context in
            try await client.send(
                "HSET", .string(RedisKeys(queue: "default").task(context.taskID)), "schedcu:cancel", 1)
        }
        try await enqueue(id)
        try await fixture.withServer(unhearing, handler: handler) { _ in
            guard case .succeeded = try await outcomes.next().outcome else {
                return #expect(Bool(false), "not succeeded")
            }
        }
        #expect(try await fixture.inspector.queueInfo(for: "default").size == 0)
    }

    @Test func `cancel: a shutdown gives the task back with its request, and the next worker archives it`()
        async throws
    {
        let handler = ClosureHandler { [started] _, context in
            started.send(context.taskID)
            await Gate().waitStubbornly()
        }
        try await enqueue(id)
        let configuration = configuration {
            $0.livenessDuration = .seconds(4 * 3600)
            $0.heartbeatInterval = .seconds(3600)
            $0.shutdownTimeout = .milliseconds(1)
            $0.abandonTimeout = .milliseconds(50)
        }
        try await fixture.withServer(configuration, handler: handler) { server in
            _ = try await started.next()
            try await fixture.redis.client.send(
                "HSET", .string(RedisKeys(queue: "default").task(id)), "schedcu:cancel", 1)
            await server.shutdownNow()
        }
        guard case .requeued = try await outcomes.next().outcome else { return #expect(Bool(false), "not given back") }
        let ran = LockedValue(false)
        let next = ClosureHandler { _, _ in ran.withLock { $0 = true } }
        try await fixture.withServer(self.configuration(), handler: next) { _ in try await expectCancelled() }
        #expect(ran.withLock { $0 } == false)
    }
}
