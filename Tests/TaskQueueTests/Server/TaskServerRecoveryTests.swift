import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct TaskServerRecoveryTests: ServerSuite {
    let fixture: ServerFixture

    init() throws { fixture = try ServerFixture() }

    @Test func `a dead worker's task is run again at no retry's cost`() async throws {
        try await enqueue("a")
        try await take()
        try await withServer { _ in
            let context = try await outcomes.next().context
            #expect(context.taskID == "a")
            #expect(context.retried == 0)
            #expect(context.deliveries == 2)
        }
    }

    @Test func `I8: a task whose delivery got lost on its way is run again at no retry's cost`() async throws {
        try await enqueue("a")
        // The store hands it to the server, which never hears of it.
        try await take()
        let server = TaskServer(
            broker: broker, configuration: configuration(), logger: fixture.redis.logger, identity: .other)
        try await fixture.withRunning(server, handler: ClosureHandler { _, _ in }) {
            let context = try await outcomes.next().context
            #expect(context.retried == 0)
            #expect(context.deliveries == 2)
        }
        #expect(try await queueInfo().processedTotal == 1)
    }

    @Test func `a live worker's task is left alone`() async throws {
        try await enqueue("alive")
        try await take()
        let other = WorkerIdentity.other
        let info = ServerInfo(
            host: other.host, pid: other.pid, serverID: other.serverID, concurrency: 1, queues: ["default": 1],
            strictPriority: false, status: "active", startedAt: Date(), activeWorkerCount: 1)
        try await broker.writeServerState(info, workers: [], worker: other, liveness: .seconds(6))
        let dead = WorkerIdentity(host: "dead", pid: 2, serverID: "00000000-0000-4000-8000-000000000002")
        try await enqueue("orphan")
        try await take(as: dead)
        try await withServer { _ in
            // The orphan's rescue shows that the rescuer has looked, often enough to rescue.
            let context = try await outcomes.next().context
            #expect(context.taskID == "orphan")
        }
        #expect(try await task("alive").state == .active)
    }

    @Test func `a task whose lease ended long ago is retried, and archived at its limit`() async throws {
        let past = fixture.redis.broker { Date(timeIntervalSinceNow: -100) }
        try await enqueue("a")
        try await enqueue(EnqueueOptions(taskID: "b", maxRetry: 0))
        #expect(try await past.dequeue(from: ["default"], limit: 2, worker: .other).count == 2)
        // The owner counts as alive, so that only the lease's rule applies.
        try await keepAlive()
        try await withServer { _ in try await until { try await queueInfo().count(.active) == 0 } }
        let retried = try await task("a")
        #expect(retried.state == .retry)
        #expect(retried.retried == 1)
        #expect(retried.lastError == "asynq: task lease expired")
        #expect(try await task("b").state == .archived)
    }

    @Test func `I8: what a dead worker of ours held costs no retry, also when its lease is long over`() async throws {
        let past = fixture.redis.broker { Date(timeIntervalSinceNow: -1000) }
        try await enqueue("a")
        #expect(try await past.dequeue(from: ["default"], limit: 1, worker: .other).count == 1)
        try await withServer { _ in
            let context = try await outcomes.next().context
            #expect(context.retried == 0)
        }
    }

    @Test(arguments: [[FlakyBroker.Fault.requestLost, .requestLost], [.answerLost], [.requestLost, .answerLost]])
    func `item 42, W1: a success whose write fails is written later and the task runs once`(faults: [FlakyBroker.Fault])
        async throws
    {
        let broker = FlakyBroker(broker, doneFaults: faults)
        let runs = Tally()
        try await enqueue("a")
        let handler = ClosureHandler { _, _ in runs.add() }
        try await withServer(broker: broker, handler: handler) { _ in
            try await expectOutcome(.succeeded)
        }
        #expect(broker.faultsLeft == 0)
        #expect(runs.count == 1)
        let info = try await queueInfo()
        #expect(info.size == 0)
        #expect(info.processedTotal == 1)
    }

    @Test func `a run that lost its task is cancelled and writes nothing`() async throws {
        let started = Mailbox<Void>()
        let cancelled = Mailbox<Bool>()
        try await enqueue("a")
        let handler = ClosureHandler { _, _ in
            started.send(())
            defer { cancelled.send(Task.isCancelled) }
            try await Gate().wait()
        }
        try await withServer(handler: handler) { _ in
            try await started.next()
            // A tool deletes the task behind the worker's back.
            let keys = RedisKeys(queue: "default")
            try await redis.send("DEL", .string(keys.task("a")), .string(keys.active), .string(keys.lease))
            #expect(try await cancelled.next())
        }
        let info = try await queueInfo()
        #expect(info.size == 0)
        #expect(info.processedTotal == 0)
    }

    @Test func `completed tasks go when their retention is over`() async throws {
        try await enqueue(EnqueueOptions(taskID: "a", retention: .milliseconds(1)))
        let configuration = configuration { $0.janitorInterval = .milliseconds(50) }
        try await withServer(configuration) { _ in
            _ = try await outcomes.next()
            try await until { try await queueInfo().size == 0 }
        }
        #expect(try await redis.send("EXISTS", .string(RedisKeys(queue: "default").task("a"))) == .integer(0))
    }
}
