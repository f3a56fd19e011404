import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Tasks that two workers died with, and so run alone (I8).
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct LonelyTaskTests: ServerSuite {
    let fixture: ServerFixture
    private let keys = RedisKeys(queue: "default")

    init() throws { fixture = try ServerFixture() }

    private func enqueueSuspect(_ id: String) async throws {
        try await enqueue(id)
        let crashes = "2|\(Int(Date().timeIntervalSince1970))"
        try await redis.send("HSET", .string(keys.task(id)), "schedcu:crashes", .string(crashes))
    }

    /// The run that holds a task, as another server sees it.
    private func present(_ id: String) async throws -> TaskRun {
        let fields = try await redis.send("HMGET", .string(keys.task(id)), "msg", "schedcu:owner").array()
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
        try await withServer(handler: handler) { _ in
            #expect(try await starts.next() == 1)
            let archived = try await broker.archive(present("a"), error: Rescuer.poisonText)
            #expect(archived == .written)
            #expect(try await starts.next() == 2)
            try await expectOutcome(.succeeded)
        }
        #expect(try await queueInfo().size == 0)
    }

    @Test func `I8: what a lonely task's worker did not lose to poison stays where it is`() async throws {
        try await enqueueSuspect("a")
        try await withServer(handler: waiting()) { server in
            _ = try await started.next()
            let archived = try await broker.archive(present("a"), error: "by somebody else")
            #expect(archived == .written)
            try await until { server.runningTaskCount == 0 }
        }
        let task = try await task("a")
        #expect(task.state == .archived)
        #expect(task.lastError == "by somebody else")
    }

    @Test func `a restored task has its message as it was taken; one that a tool ran again is left alone`() async throws
    {
        try await enqueueSuspect("a")
        let first = try await take()
        #expect(try await broker.markAlone(first.run) == .written)
        #expect(try await broker.archive(first.run, error: "poison") == .written)
        #expect(try await broker.restoreFromPoison(first.run, reason: "another") == .superseded)
        #expect(try await broker.restoreFromPoison(first.run, reason: "poison") == .written)
        #expect(try await broker.restoreFromPoison(first.run, reason: "poison") == .superseded)
        let second = try await take()
        #expect(second.run.encodedMessage == first.run.encodedMessage)
        #expect(second.crashes == 2)
        #expect(second.deliveries == 2)
        #expect(try await broker.archive(second.run, error: "poison") == .written)
        // Not marked as alone by the second run.
        #expect(try await broker.restoreFromPoison(second.run, reason: "poison") == .superseded)
    }

    @Test func `a task that must run alone and comes as the server stops is given back`() async throws {
        let holding = HoldingBroker(broker, at: .dequeue)
        try await enqueueSuspect("a")
        let runs = Tally()
        let handler = ClosureHandler { _, _ in runs.add() }
        try await withServer(broker: holding.broker, handler: handler) { server in
            try await holding.asked.next()
            server.stop()
            holding.gate.open()
            try await expectOutcome(.requeued)
            #expect(try await task("a").state == .pending)
        }
        #expect(runs.count == 0)
    }
}
