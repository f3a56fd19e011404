import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// U5, decision D7: servers keep to limits of the whole fleet, and lose no time over them.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct FleetLimitTests: ServerSuite {
    let fixture: ServerFixture
    /// In no other test's queue names: channels are shared by all databases.
    private let queue = "limited-\(UUID().uuidString)"

    init() throws { fixture = try ServerFixture() }

    func configure(_ configuration: inout TaskServerConfiguration) {
        configuration.queues = [queue: 1]
        configuration.concurrency = 20
    }

    /// A server that would never look by itself.
    private var sleepy: TaskServerConfiguration { configuration { $0.pollInterval = .seconds(3600) } }

    @Test func `D7: two servers with a limit of 3 never run more than 3 of 50 tasks at once`() async throws {
        try await enqueue(50, on: queue)
        try await inspector.setConcurrencyLimit(3, of: queue)
        let running = Crowd()
        let handler = ClosureHandler { _, _ in await running.linger() }
        try await withServer(handler: handler) { _ in
            try await withServer(handler: handler) { _ in _ = try await outcomes.next(50) }
        }
        #expect(running.most == 3)
        #expect(try await queueInfo(queue).processedTotal == 50)
    }

    @Test func `D7: tasks of a worker that was killed count no longer than their lease`() async throws {
        // Over for a second: too short a time for any rule that takes the tasks over.
        let past = fixture.redis.broker { Date(timeIntervalSinceNow: -31) }
        try await enqueue(6, on: queue)
        try await inspector.setConcurrencyLimit(3, of: queue)
        #expect(try await past.dequeue(from: [queue], limit: 3, worker: .other).count == 3)
        try await keepAlive()
        try await withServer { _ in _ = try await outcomes.next(3) }
        #expect(try await queueInfo(queue).count(.active) == 3)
    }

    @Test func `D7: a killed worker's tasks are given back, and the limit holds for those that run them again`()
        async throws
    {
        try await enqueue(6, on: queue)
        try await inspector.setConcurrencyLimit(2, of: queue)
        #expect(try await broker.dequeue(from: [queue], limit: 9, worker: .other).count == 2)
        let running = Crowd()
        let handler = ClosureHandler { _, _ in await running.linger() }
        try await withServer(handler: handler) { _ in _ = try await outcomes.next(6) }
        #expect(running.most <= 2)
    }

    @Test
    func `U5: a rate is kept by Redis's clock, and a server that would not look for an hour wakes at its moments`()
        async throws
    {
        try await enqueue(30, on: queue)
        try await inspector.setRateLimit(RateLimit(100, per: .seconds(1), burst: 5), of: queue)
        let began = try await redis.microseconds()
        try await withServer(sleepy) { _ in
            try await withServer(sleepy) { _ in _ = try await outcomes.next(30) }
        }
        #expect(try await redis.microseconds() - began >= 25 * 10_000)
    }

    /// Sets the limit to what it is until the sleeping server asks because of it, so that later messages reach it.
    private func awaitSubscription(_ limit: Int, _ dequeues: Tally) async throws {
        let before = dequeues.count
        while dequeues.count == before {
            try await inspector.setConcurrencyLimit(limit, of: queue)
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func `U5: the end of a task, a higher limit and none at all wake a server that would not look for an hour`()
        async throws
    {
        let gates = LockedValue<[Gate]>([])
        let handler = ClosureHandler { [started] _, context in
            let gate = Gate()
            gates.withLock { $0.append(gate) }
            started.send(context.taskID)
            try await gate.wait()
        }
        let watched = WatchedBroker(broker)
        try await enqueue(10, on: queue)
        try await inspector.setConcurrencyLimit(1, of: queue)
        try await withServer(sleepy, broker: watched.broker, handler: handler) { server in
            _ = try await started.next()
            try await awaitSubscription(1, watched.dequeues)
            gates.withLock { $0[0] }.open()
            _ = try await started.next()
            #expect(server.runningTaskCount == 1)
            try await inspector.setConcurrencyLimit(3, of: queue)
            _ = try await started.next(2)
            #expect(server.runningTaskCount == 3)
            try await inspector.setConcurrencyLimit(nil, of: queue)
            _ = try await started.next(6)
            gates.withLock { $0 }.forEach { $0.open() }
            _ = try await outcomes.next(10)
        }
    }

    @Test func `U5: a limit that is lowered while more run takes none until fewer run`() async throws {
        let gates = LockedValue<[Gate]>([])
        let running = Crowd()
        let atStart = LockedValue<[Int]>([])
        let handler = ClosureHandler { [started] _, context in
            try await running.join { count in
                let gate = Gate()
                atStart.withLock { $0.append(count) }
                gates.withLock { $0.append(gate) }
                started.send(context.taskID)
                try await gate.wait()
            }
        }
        try await enqueue(12, on: queue)
        try await inspector.setConcurrencyLimit(6, of: queue)
        try await withServer(handler: handler) { _ in
            _ = try await started.next(6)
            try await inspector.setConcurrencyLimit(2, of: queue)
            for index in 0..<6 { gates.withLock { $0[index] }.open() }
            for index in 6..<12 {
                _ = try await started.next()
                gates.withLock { $0[index] }.open()
            }
            _ = try await outcomes.next(12)
        }
        #expect(atStart.withLock { $0.prefix(6).max() } == 6)
        // The first that start afterwards find others that have returned but whose outcome is not written: they do not run.
        #expect(atStart.withLock { $0.dropFirst(6).max() ?? 0 } <= 2)
    }

    @Test func `U5: what a Go worker ends is found by looking, for it tells nobody`() async throws {
        try await enqueue(2, on: queue)
        try await inspector.setConcurrencyLimit(1, of: queue)
        let run = try await take(from: queue).run
        try await keepAlive()
        let watched = WatchedBroker(broker)
        try await withServer(broker: watched.broker) { _ in
            try await until { watched.dequeues.count >= 2 }
            let keys = RedisKeys(queue: queue)
            try await redis.send("LREM", .string(keys.active), 1, .string(run.message.id))
            try await redis.send("ZREM", .string(keys.lease), .string(run.message.id))
            try await redis.send("DEL", .string(keys.task(run.message.id)))
            _ = try await outcomes.next()
        }
    }

    @Test func `U5: an idle server with 100 queues at their limit makes no dequeue call at all`() async throws {
        let names = (0..<100).map { "\(queue)-\($0)" }
        for name in names {
            try await enqueue(2, on: name)
            try await inspector.setConcurrencyLimit(1, of: name)
            try #require(await broker.dequeue(from: [name], limit: 9, worker: .other).count == 1)
        }
        try await keepAlive()
        let watched = WatchedBroker(broker)
        var configuration = sleepy
        configuration.queues = .equal(names)
        try await withServer(configuration, broker: watched.broker) { _ in
            _ = try await watched.beats.next(10)
            let before = watched.dequeues.count
            #expect((1...3).contains(before))
            _ = try await watched.beats.next(20)
            #expect(watched.dequeues.count == before)
        }
    }

    @Test func `U5: queues that are found as they appear keep to their limits`() async throws {
        let running = Crowd()
        let handler = ClosureHandler { _, _ in await running.linger() }
        try await inspector.setConcurrencyLimit(1, of: queue)
        let configuration = configuration {
            $0.queues = QueueSelection(weights: [:], prefixes: ["limited-": 1])
        }
        try await withServer(configuration, handler: handler) { _ in
            try await enqueue(10, on: queue)
            _ = try await outcomes.next(10)
        }
        #expect(running.most == 1)
    }
}
