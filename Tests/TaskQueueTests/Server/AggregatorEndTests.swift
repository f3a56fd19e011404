import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// How running aggregations end: in time, too late, or with their server.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct AggregatorEndTests: ServerSuite {
    let fixture: ServerFixture
    private let clock = BrokerClock()
    /// A broker whose clock the test turns; the server's own goes right.
    let broker: RedisBroker
    private let joined = Mailbox<QueueTask>()
    private let called = Mailbox<Int>()

    init() throws {
        fixture = try ServerFixture()
        clock.set(Date())
        broker = fixture.redis.broker { [clock] in clock.now }
    }

    private var handler: ClosureHandler {
        ClosureHandler { [joined] task, _ in joined.send(task) }
    }

    /// Joins two tasks at a time; `body` is told how often the function was called before.
    private func configuration(
        _ body: @escaping @Sendable (Int) async throws -> Void
    ) -> TaskServerConfiguration {
        let calls = Tally()
        return configuration {
            var aggregation = GroupAggregation(limits: .init(maxSize: 2)) { [called] _, _, tasks in
                let call = calls.add()
                called.send(call)
                try await body(call)
                return QueueTask(type: "joined", payload: tasks.flatMap { $0.payload ?? [] })
            }
            aggregation.checkInterval = .milliseconds(20)
            $0.groupAggregation = aggregation
        }
    }

    private func enqueueTwo() async throws {
        for byte in [1, 2] as [UInt8] {
            try await client.enqueue(
                QueueTask(type: "member", payload: [byte]), EnqueueOptions(taskID: "\(byte)", group: "g"))
        }
    }

    private func members() async throws -> [String] {
        try await redis.send("ZRANGE", "asynq:{default}:g:g", 0, -1).array().map { try $0.string() }
    }

    @Test func `W20: a function is cancelled 5 s before its set's deadline, and its tasks go back at once`()
        async throws
    {
        // Staged 115 s ago as far as the broker knows.
        clock.set(Date(timeIntervalSinceNow: -115))
        try await enqueueTwo()
        let configuration = configuration { call in
            if call == 1 { try await Gate().wait() }
        }
        try await withServer(configuration, broker: broker, handler: handler) { _ in
            let payload = try await joined.next().payload
            #expect(payload == [1, 2])
        }
        #expect(try await called.next(2) == [1, 2])
        try await redis.expectOneContainerEach()
    }

    @Test func `W20: what a function returns after its tasks were put back is dropped`() async throws {
        let gate = Gate()
        try await enqueueTwo()
        let configuration = configuration { call in
            if call == 1 { await gate.waitStubbornly() }
        }
        try await withServer(configuration, broker: broker, handler: handler) { _ in
            _ = try await called.next()
            clock.advance(by: 121)
            #expect(try await broker.reclaimStaleSets(in: "default") == 1)
            #expect(try await members() == ["1", "2"])
            gate.open()
            _ = try await called.next()
            let payload = try await joined.next().payload
            #expect(payload == [1, 2])
        }
        #expect(try await queueInfo().processedTotal == 1)
        try await redis.expectOneContainerEach()
    }

    @Test func `a shutdown waits for a running function and writes what it returns`() async throws {
        let gate = Gate()
        try await enqueueTwo()
        let configuration = configuration { _ in try await gate.wait() }
        try await withServer(configuration, broker: broker, handler: handler) { server in
            _ = try await called.next()
            async let shutdown: Void = server.shutdown()
            try await until { server.status == "closed" }
            #expect(try await members() == [])
            gate.open()
            await shutdown
        }
        let pending = try await inspector.tasks(in: "default", state: .pending)
        #expect(pending.map(\.payload) == [[1, 2]])
        try await redis.expectOneContainerEach()
        await broker.close()
    }

    @Test func `a function that does not end with its server loses nothing: its tasks go back`() async throws {
        let gate = Gate()
        try await enqueueTwo()
        var configuration = configuration { _ in await gate.waitStubbornly() }
        configuration.shutdownTimeout = .milliseconds(10)
        configuration.abandonTimeout = .milliseconds(10)
        try await withServer(configuration, broker: broker, handler: handler) { _ in _ = try await called.next() }
        #expect(try await members() == ["1", "2"])
        #expect(try await redis.send("EXISTS", "asynq:{default}:aggregation_sets") == .integer(0))
        try await redis.expectOneContainerEach()
        gate.open()
        await broker.close()
    }
}
