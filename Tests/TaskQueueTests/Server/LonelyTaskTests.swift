import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Tasks that two workers died with, and so run alone (I8).
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct LonelyTaskTests {
    private let fixture: ServerFixture
    private let outcomes = Outcomes()
    private let keys = RedisKeys(queue: "default")

    init() throws { fixture = try ServerFixture() }

    private var configuration: TaskServerConfiguration {
        ServerFixture.configuration { $0.report(to: outcomes) }
    }

    private func enqueueSuspect(_ id: String) async throws {
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: id))
        let crashes = "2|\(Int(Date().timeIntervalSince1970))"
        try await fixture.redis.client.send("HSET", .string(keys.task(id)), "schedcu:crashes", .string(crashes))
    }

    /// The run that holds a task, as another server sees it.
    private func present(_ id: String) async throws -> TaskRun {
        let fields = try await fixture.redis.client.send(
            "HMGET", .string(keys.task(id)), "msg", "schedcu:owner"
        ).array()
        let bytes = try fields[0].bytes()
        let owner = try #require(OwnerField(try fields[1].bytes())).owner
        return TaskRun(message: try TaskMessage(decoding: bytes), encodedMessage: bytes, owner: owner)
    }

    @Test func `I8: a task archived as poison while its worker could not be heard comes back and runs alone`()
        async throws
    {
        let starts = Mailbox<Int>()
        let handler = ClosureHandler { _, context in
            starts.send(context.deliveries)
            if context.deliveries == 1 { try await Gate().wait() }
        }
        try await enqueueSuspect("a")
        try await fixture.withServer(configuration, handler: handler) { _ in
            #expect(try await starts.next() == 1)
            let archived = try await fixture.broker.archive(present("a"), error: Rescuer.poisonText)
            #expect(archived == .written)
            #expect(try await starts.next() == 2)
            guard case .succeeded = try await outcomes.next().outcome else {
                return #expect(Bool(false), "not succeeded")
            }
        }
        let info = try await fixture.inspector.queueInfo(for: "default")
        #expect(info.size == 0)
    }

    @Test func `I8: what a lonely task's worker did not lose to poison stays where it is`() async throws {
        let started = Mailbox<Void>()
        try await enqueueSuspect("a")
        let handler = ClosureHandler { _, _ in
            started.send(())
            try await Gate().wait()
        }
        try await fixture.withServer(configuration, handler: handler) { server in
            try await started.next()
            let archived = try await fixture.broker.archive(present("a"), error: "by somebody else")
            #expect(archived == .written)
            while server.runningTaskCount > 0 { await Task.yield() }
        }
        let task = try await fixture.inspector.task("a", in: "default")
        #expect(task.state == .archived)
        #expect(task.lastError == "by somebody else")
    }

    @Test func `a restored task has its message as it was taken; one that a tool ran again is left alone`() async throws
    {
        let worker = WorkerIdentity(host: "h", pid: 1, serverID: "00000000-0000-4000-8000-000000000001")
        try await enqueueSuspect("a")
        let first = try #require(try await fixture.broker.dequeue(from: ["default"], limit: 1, worker: worker).first)
        #expect(try await fixture.broker.markAlone(first.run) == .written)
        #expect(try await fixture.broker.archive(first.run, error: "poison") == .written)
        #expect(try await fixture.broker.restoreFromPoison(first.run, reason: "another") == .superseded)
        #expect(try await fixture.broker.restoreFromPoison(first.run, reason: "poison") == .written)
        #expect(try await fixture.broker.restoreFromPoison(first.run, reason: "poison") == .superseded)
        let second = try #require(try await fixture.broker.dequeue(from: ["default"], limit: 1, worker: worker).first)
        #expect(second.run.encodedMessage == first.run.encodedMessage)
        #expect(second.crashes == 2)
        #expect(second.deliveries == 2)
        #expect(try await fixture.broker.archive(second.run, error: "poison") == .written)
        // Not marked as alone by the second run.
        #expect(try await fixture.broker.restoreFromPoison(second.run, reason: "poison") == .superseded)
    }

    @Test func `a task that must run alone and comes as the server stops is given back`() async throws {
        let (fetching, gate) = (Mailbox<Void>(), Gate())
        let broker = FlakyBroker(fixture.broker, doneFaults: []) { call in
            guard call == .dequeue else { return }
            fetching.send(())
            await gate.waitStubbornly()
        }
        try await enqueueSuspect("a")
        let ran = LockedValue(false)
        let handler = ClosureHandler { _, _ in ran.withLock { $0 = true } }
        try await fixture.withServer(configuration, broker: broker, handler: handler) { server in
            try await fetching.next()
            server.stop()
            gate.open()
            guard case .requeued = try await outcomes.next().outcome else {
                return #expect(Bool(false), "not given back")
            }
            #expect(try await fixture.inspector.task("a", in: "default").state == .pending)
        }
        #expect(!ran.withLock { $0 })
    }
}
