import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct TaskServerRecoveryTests {
    private let fixture: ServerFixture
    private let outcomes = Outcomes()
    private let other = WorkerIdentity(host: "other", pid: 1, serverID: "00000000-0000-4000-8000-000000000001")

    init() throws { fixture = try ServerFixture() }

    private func configuration(
        _ change: (inout TaskServerConfiguration) -> Void = { _ in }
    ) -> TaskServerConfiguration {
        ServerFixture.configuration {
            $0.report(to: outcomes)
            change(&$0)
        }
    }

    @Test func `a dead worker's task is run again at no retry's cost`() async throws {
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "a"))
        #expect(try await fixture.broker.dequeue(from: ["default"], limit: 1, worker: other).count == 1)
        try await fixture.withServer(configuration(), handler: ClosureHandler { _, _ in }) { _ in
            let context = try await outcomes.next().context
            #expect(context.taskID == "a")
            #expect(context.retried == 0)
            #expect(context.deliveries == 2)
        }
    }

    @Test func `I8: a task whose delivery got lost on its way is run again at no retry's cost`() async throws {
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "a"))
        // The store hands it to the server, which never hears of it.
        #expect(try await fixture.broker.dequeue(from: ["default"], limit: 1, worker: other).count == 1)
        let server = TaskServer(
            broker: fixture.broker, configuration: configuration(), logger: fixture.redis.logger, identity: other)
        let running = Task { try await server.run(ClosureHandler { _, _ in }) }
        let context = try await outcomes.next().context
        #expect(context.retried == 0)
        #expect(context.deliveries == 2)
        await server.shutdown()
        try await running.value
        #expect(try await fixture.inspector.queueInfo(for: "default").processedTotal == 1)
    }

    @Test func `a live worker's task is left alone`() async throws {
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "alive"))
        #expect(try await fixture.broker.dequeue(from: ["default"], limit: 1, worker: other).count == 1)
        let info = ServerInfo(
            host: other.host, pid: other.pid, serverID: other.serverID, concurrency: 1, queues: ["default": 1],
            strictPriority: false, status: "active", startedAt: Date(), activeWorkerCount: 1)
        try await fixture.broker.writeServerState(info, workers: [], worker: other, liveness: .seconds(6))
        let dead = WorkerIdentity(host: "dead", pid: 2, serverID: "00000000-0000-4000-8000-000000000002")
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "orphan"))
        #expect(try await fixture.broker.dequeue(from: ["default"], limit: 1, worker: dead).count == 1)
        try await fixture.withServer(configuration(), handler: ClosureHandler { _, _ in }) { _ in
            // The orphan's rescue shows that the rescuer has looked, often enough to rescue.
            let context = try await outcomes.next().context
            #expect(context.taskID == "orphan")
        }
        #expect(try await fixture.inspector.task("alive", in: "default").state == .active)
    }

    @Test func `a task whose lease ended long ago is retried, and archived at its limit`() async throws {
        let past = RedisBroker(
            client: fixture.redis.client, blockingClientConfiguration: fixture.redis.configuration,
            clock: { Date(timeIntervalSinceNow: -100) }, logger: fixture.redis.logger)
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "a"))
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "b", maxRetry: 0))
        #expect(try await past.dequeue(from: ["default"], limit: 2, worker: other).count == 2)
        // The owner counts as alive, so that only the lease's rule applies.
        try await fixture.redis.client.send("SET", .string(RedisKeys.liveness(workerID: other.id)), "1")
        try await fixture.withServer(configuration(), handler: ClosureHandler { _, _ in }) { _ in
            while try await fixture.inspector.queueInfo(for: "default").count(.active) > 0 {}
        }
        let retried = try await fixture.inspector.task("a", in: "default")
        #expect(retried.state == .retry)
        #expect(retried.retried == 1)
        #expect(retried.lastError == "asynq: task lease expired")
        #expect(try await fixture.inspector.task("b", in: "default").state == .archived)
    }

    @Test func `I8: what a dead worker of ours held costs no retry, also when its lease is long over`() async throws {
        let past = RedisBroker(
            client: fixture.redis.client, blockingClientConfiguration: fixture.redis.configuration,
            clock: { Date(timeIntervalSinceNow: -1000) }, logger: fixture.redis.logger)
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "a"))
        #expect(try await past.dequeue(from: ["default"], limit: 1, worker: other).count == 1)
        try await fixture.withServer(configuration(), handler: ClosureHandler { _, _ in }) { _ in
            let context = try await outcomes.next().context
            #expect(context.retried == 0)
        }
    }

    @Test(arguments: [[FlakyBroker.Fault.requestLost, .requestLost], [.answerLost], [.requestLost, .answerLost]])
    func `item 42, W1: a success whose write fails is written later and the task runs once`(faults: [FlakyBroker.Fault])
        async throws
    {
        let broker = FlakyBroker(fixture.broker, doneFaults: faults)
        let runs = LockedValue(0)
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "a"))
        let handler = ClosureHandler { _, _ in runs.withLock { $0 += 1 } }
        try await fixture.withServer(configuration(), broker: broker, handler: handler) { _ in
            guard case .succeeded = try await outcomes.next().outcome else {
                return #expect(Bool(false), "not succeeded")
            }
        }
        #expect(broker.faultsLeft == 0)
        #expect(runs.withLock { $0 } == 1)
        let info = try await fixture.inspector.queueInfo(for: "default")
        #expect(info.size == 0)
        #expect(info.processedTotal == 1)
    }

    @Test func `a run that lost its task is cancelled and writes nothing`() async throws {
        let started = Mailbox<Void>()
        let cancelled = Mailbox<Bool>()
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "a"))
        let handler = ClosureHandler { _, _ in
            started.send(())
            defer { cancelled.send(Task.isCancelled) }
            try await Gate().wait()
        }
        try await fixture.withServer(configuration(), handler: handler) { _ in
            try await started.next()
            // A tool deletes the task behind the worker's back.
            let keys = RedisKeys(queue: "default")
            try await fixture.redis.client.send(
                "DEL", .string(keys.task("a")), .string(keys.active), .string(keys.lease))
            #expect(try await cancelled.next())
        }
        let info = try await fixture.inspector.queueInfo(for: "default")
        #expect(info.size == 0)
        #expect(info.processedTotal == 0)
    }

    @Test func `completed tasks go when their retention is over`() async throws {
        try await fixture.client.enqueue(
            QueueTask(type: "t"), EnqueueOptions(taskID: "a", retention: .milliseconds(1)))
        let configuration = configuration { $0.janitorInterval = .milliseconds(50) }
        try await fixture.withServer(configuration, handler: ClosureHandler { _, _ in }) { _ in
            _ = try await outcomes.next()
            while try await fixture.inspector.queueInfo(for: "default").size > 0 {}
        }
        #expect(
            try await fixture.redis.client.send("EXISTS", .string(RedisKeys(queue: "default").task("a"))) == .integer(0)
        )
    }
}
