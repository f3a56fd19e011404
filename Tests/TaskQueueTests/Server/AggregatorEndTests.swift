import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// How running aggregations end: in time, too late, or with their server.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct AggregatorEndTests {
    private let fixture: ServerFixture
    private let clock = BrokerClock()
    /// A broker whose clock the test turns; the server's own goes right.
    private let broker: RedisBroker
    private let joined = Mailbox<QueueTask>()
    private let called = Mailbox<Int>()

    init() throws {
        fixture = try ServerFixture()
        clock.set(Date())
        broker = RedisBroker(
            client: fixture.redis.client, blockingClientConfiguration: fixture.redis.configuration,
            clock: { [clock] in clock.now }, logger: fixture.redis.logger)
    }

    private var handler: ClosureHandler {
        ClosureHandler { [joined] task, _ in joined.send(task) }
    }

    /// Joins two tasks at a time; `body` is told how often the function was called before.
    private func configuration(
        _ body: @escaping @Sendable (Int) async throws -> Void
    ) -> TaskServerConfiguration {
        let calls = LockedValue(0)
        return ServerFixture.configuration {
            var aggregation = GroupAggregation(limits: .init(maxSize: 2)) { [called] _, _, tasks in
                let call = calls.withLock { calls in
                    calls += 1
                    return calls
                }
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
            try await fixture.client.enqueue(
                QueueTask(type: "member", payload: [byte]), EnqueueOptions(taskID: "\(byte)", group: "g"))
        }
    }

    private func members() async throws -> [String] {
        try await fixture.redis.client.send("ZRANGE", "asynq:{default}:g:g", 0, -1).array().map { try $0.string() }
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
        try await fixture.withServer(configuration, broker: broker, handler: handler) { _ in
            let payload = try await joined.next().payload
            #expect(payload == [1, 2])
        }
        #expect(try await called.next(2) == [1, 2])
        try await fixture.redis.client.expectOneContainerEach()
    }

    @Test func `W20: what a function returns after its tasks were put back is dropped`() async throws {
        let gate = Gate()
        try await enqueueTwo()
        let configuration = configuration { call in
            if call == 1 { await gate.waitStubbornly() }
        }
        try await fixture.withServer(configuration, broker: broker, handler: handler) { _ in
            _ = try await called.next()
            clock.advance(by: 121)
            #expect(try await broker.reclaimStaleSets(in: "default") == 1)
            #expect(try await members() == ["1", "2"])
            gate.open()
            _ = try await called.next()
            let payload = try await joined.next().payload
            #expect(payload == [1, 2])
        }
        #expect(try await fixture.inspector.queueInfo(for: "default").processedTotal == 1)
        try await fixture.redis.client.expectOneContainerEach()
    }

    @Test func `a shutdown waits for a running function and writes what it returns`() async throws {
        let gate = Gate()
        try await enqueueTwo()
        let configuration = configuration { _ in try await gate.wait() }
        let server = TaskServer(broker: broker, configuration: configuration, logger: fixture.redis.logger)
        let running = Task { try await server.run(handler) }
        _ = try await called.next()
        async let shutdown: Void = server.shutdown()
        while server.status != "closed" { await Task.yield() }
        #expect(try await members() == [])
        gate.open()
        await shutdown
        try await running.value
        let pending = try await fixture.inspector.tasks(in: "default", state: .pending)
        #expect(pending.map(\.payload) == [[1, 2]])
        try await fixture.redis.client.expectOneContainerEach()
        await broker.close()
    }

    @Test func `a function that does not end with its server loses nothing: its tasks go back`() async throws {
        let gate = Gate()
        try await enqueueTwo()
        var configuration = configuration { _ in await gate.waitStubbornly() }
        configuration.shutdownTimeout = .milliseconds(10)
        configuration.abandonTimeout = .milliseconds(10)
        let server = TaskServer(broker: broker, configuration: configuration, logger: fixture.redis.logger)
        let running = Task { try await server.run(handler) }
        _ = try await called.next()
        await server.shutdown()
        try await running.value
        #expect(try await members() == ["1", "2"])
        #expect(try await fixture.redis.client.send("EXISTS", "asynq:{default}:aggregation_sets") == .integer(0))
        try await fixture.redis.client.expectOneContainerEach()
        gate.open()
        await broker.close()
    }
}
