import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// U5, decision D7: servers keep to limits of the whole fleet, and lose no time over them.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct FleetLimitTests {
    private let fixture: ServerFixture
    private let outcomes = Outcomes()
    /// In no other test's queue names: channels are shared by all databases.
    private let queue = "limited-\(UUID().uuidString)"

    init() throws { fixture = try ServerFixture() }

    private func configuration(
        _ change: (inout TaskServerConfiguration) -> Void = { _ in }
    ) -> TaskServerConfiguration {
        ServerFixture.configuration { [queue] in
            $0.queues = [queue: 1]
            $0.concurrency = 20
            $0.report(to: outcomes)
            change(&$0)
        }
    }

    /// A server that would never look by itself.
    private func sleepy() -> TaskServerConfiguration { configuration { $0.pollInterval = .seconds(3600) } }

    private func enqueue(_ count: Int, queue: String? = nil) async throws {
        let batch = (0..<count).map { _ in
            (task: QueueTask(type: "t"), options: EnqueueOptions(queue: queue ?? self.queue))
        }
        for result in try await fixture.client.enqueue(batch: batch) { _ = try result.get() }
    }

    /// Redis's own clock, microseconds.
    private func redisTime() async throws -> Int64 {
        let parts = try await fixture.redis.client.send("TIME").array()
        guard let seconds = Int64(try parts[0].string()), let rest = Int64(try parts[1].string()) else {
            throw TestFailure(description: "no time")
        }
        return seconds * 1_000_000 + rest
    }

    @Test func `D7: two servers with a limit of 3 never run more than 3 of 50 tasks at once`() async throws {
        try await enqueue(50)
        try await fixture.inspector.setConcurrencyLimit(3, of: queue)
        let running = LockedValue((now: 0, most: 0))
        let handler = ClosureHandler { _, _ in
            running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            for _ in 0..<20 { await Task.yield() }
            running.withLock { $0.now -= 1 }
        }
        try await fixture.withServer(configuration(), handler: handler) { _ in
            try await fixture.withServer(configuration(), handler: handler) { _ in _ = try await outcomes.next(50) }
        }
        #expect(running.withLock { $0.most } == 3)
        #expect(try await fixture.inspector.queueInfo(for: queue).processedTotal == 50)
    }

    @Test func `D7: tasks of a worker that was killed count no longer than their lease`() async throws {
        // Over for a second: too short a time for any rule that takes the tasks over.
        let past = RedisBroker(
            client: fixture.redis.client, blockingClientConfiguration: fixture.redis.configuration,
            clock: { Date(timeIntervalSinceNow: -31) }, logger: fixture.redis.logger)
        let other = WorkerIdentity(host: "h", pid: 1, serverID: UUID().uuidString)
        try await enqueue(6)
        try await fixture.inspector.setConcurrencyLimit(3, of: queue)
        #expect(try await past.dequeue(from: [queue], limit: 3, worker: other).count == 3)
        try await fixture.redis.client.send("SET", .string(RedisKeys.liveness(workerID: other.id)), "1")
        try await fixture.withServer(configuration(), handler: ClosureHandler { _, _ in }) { _ in
            _ = try await outcomes.next(3)
        }
        #expect(try await fixture.inspector.queueInfo(for: queue).count(.active) == 3)
    }

    @Test func `D7: a killed worker's tasks are given back, and the limit holds for those that run them again`()
        async throws
    {
        let other = WorkerIdentity(host: "h", pid: 1, serverID: UUID().uuidString)
        try await enqueue(6)
        try await fixture.inspector.setConcurrencyLimit(2, of: queue)
        #expect(try await fixture.broker.dequeue(from: [queue], limit: 9, worker: other).count == 2)
        let running = LockedValue((now: 0, most: 0))
        let handler = ClosureHandler { _, _ in
            running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            for _ in 0..<20 { await Task.yield() }
            running.withLock { $0.now -= 1 }
        }
        try await fixture.withServer(configuration(), handler: handler) { _ in _ = try await outcomes.next(6) }
        #expect(running.withLock { $0.most } <= 2)
    }

    @Test
    func `U5: a rate is kept by Redis's clock, and a server that would not look for an hour wakes at its moments`()
        async throws
    {
        try await enqueue(30)
        try await fixture.inspector.setRateLimit(RateLimit(100, per: .seconds(1), burst: 5), of: queue)
        let began = try await redisTime()
        let handler = ClosureHandler { _, _ in }
        try await fixture.withServer(sleepy(), handler: handler) { _ in
            try await fixture.withServer(sleepy(), handler: handler) { _ in _ = try await outcomes.next(30) }
        }
        #expect(try await redisTime() - began >= 25 * 10_000)
    }

    /// Counts the dequeue calls of a server, and can tell when its subscription stands.
    private func counted(_ dequeues: LockedValue<Int>, _ beats: Mailbox<Void> = Mailbox()) -> FlakyBroker {
        FlakyBroker(fixture.broker, doneFaults: []) { call in
            if call == .dequeue { dequeues.withLock { $0 += 1 } }
            if call == .writeServerState { beats.send(()) }
        }
    }

    /// Sets the limit to what it is until the sleeping server asks because of it, so that later messages reach it.
    private func awaitSubscription(_ limit: Int, _ dequeues: LockedValue<Int>) async throws {
        let before = dequeues.withLock { $0 }
        while dequeues.withLock({ $0 }) == before {
            try await fixture.inspector.setConcurrencyLimit(limit, of: queue)
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func `U5: the end of a task, a higher limit and none at all wake a server that would not look for an hour`()
        async throws
    {
        let started = Mailbox<String>()
        let gates = LockedValue<[Gate]>([])
        let handler = ClosureHandler { _, context in
            let gate = Gate()
            gates.withLock { $0.append(gate) }
            started.send(context.taskID)
            try await gate.wait()
        }
        let dequeues = LockedValue(0)
        try await enqueue(10)
        try await fixture.inspector.setConcurrencyLimit(1, of: queue)
        try await fixture.withServer(sleepy(), broker: counted(dequeues), handler: handler) { server in
            _ = try await started.next()
            try await awaitSubscription(1, dequeues)
            gates.withLock { $0[0] }.open()
            _ = try await started.next()
            #expect(server.runningTaskCount == 1)
            try await fixture.inspector.setConcurrencyLimit(3, of: queue)
            _ = try await started.next(2)
            #expect(server.runningTaskCount == 3)
            try await fixture.inspector.setConcurrencyLimit(nil, of: queue)
            _ = try await started.next(6)
            gates.withLock { $0 }.forEach { $0.open() }
            _ = try await outcomes.next(10)
        }
    }

    @Test func `U5: a limit that is lowered while more run takes none until fewer run`() async throws {
        let started = Mailbox<Void>()
        let gates = LockedValue<[Gate]>([])
        let running = LockedValue(0)
        let atStart = LockedValue<[Int]>([])
        let handler = ClosureHandler { _, _ in
            let gate = Gate()
            let now = running.withLock { running in
                running += 1
                return running
            }
            atStart.withLock { $0.append(now) }
            gates.withLock { $0.append(gate) }
            started.send(())
            try await gate.wait()
            running.withLock { $0 -= 1 }
        }
        try await enqueue(12)
        try await fixture.inspector.setConcurrencyLimit(6, of: queue)
        try await fixture.withServer(configuration(), handler: handler) { _ in
            _ = try await started.next(6)
            try await fixture.inspector.setConcurrencyLimit(2, of: queue)
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
        try await enqueue(2)
        try await fixture.inspector.setConcurrencyLimit(1, of: queue)
        let other = WorkerIdentity(host: "h", pid: 1, serverID: UUID().uuidString)
        let run = try #require(await fixture.broker.dequeue(from: [queue], limit: 1, worker: other).first).run
        try await fixture.redis.client.send("SET", .string(RedisKeys.liveness(workerID: other.id)), "1")
        let dequeues = LockedValue(0)
        let server = counted(dequeues)
        try await fixture.withServer(configuration(), broker: server, handler: ClosureHandler { _, _ in }) { _ in
            while dequeues.withLock({ $0 }) < 2 { await Task.yield() }
            let keys = RedisKeys(queue: queue)
            try await fixture.redis.client.send("LREM", .string(keys.active), 1, .string(run.message.id))
            try await fixture.redis.client.send("ZREM", .string(keys.lease), .string(run.message.id))
            try await fixture.redis.client.send("DEL", .string(keys.task(run.message.id)))
            _ = try await outcomes.next()
        }
    }

    @Test func `U5: an idle server with 100 queues at their limit makes no dequeue call at all`() async throws {
        let names = (0..<100).map { "\(queue)-\($0)" }
        let other = WorkerIdentity(host: "h", pid: 1, serverID: UUID().uuidString)
        for name in names {
            try await enqueue(2, queue: name)
            try await fixture.inspector.setConcurrencyLimit(1, of: name)
            try #require(await fixture.broker.dequeue(from: [name], limit: 9, worker: other).count == 1)
        }
        try await fixture.redis.client.send("SET", .string(RedisKeys.liveness(workerID: other.id)), "1")
        let dequeues = LockedValue(0)
        let beats = Mailbox<Void>()
        var sleepy = sleepy()
        sleepy.queues = QueueSelection(weights: Dictionary(uniqueKeysWithValues: names.map { ($0, 1) }))
        let idle = sleepy
        let server = counted(dequeues, beats)
        try await fixture.withServer(idle, broker: server, handler: ClosureHandler { _, _ in }) { _ in
            _ = try await beats.next(10)
            let before = dequeues.withLock { $0 }
            #expect((1...3).contains(before))
            _ = try await beats.next(20)
            #expect(dequeues.withLock { $0 } == before)
        }
    }

    @Test func `U5: queues that are found as they appear keep to their limits`() async throws {
        let running = LockedValue((now: 0, most: 0))
        let handler = ClosureHandler { _, _ in
            running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            for _ in 0..<20 { await Task.yield() }
            running.withLock { $0.now -= 1 }
        }
        try await fixture.inspector.setConcurrencyLimit(1, of: queue)
        let configuration = configuration {
            $0.queues = QueueSelection(weights: [:], prefixes: ["limited-": 1])
        }
        try await fixture.withServer(configuration, handler: handler) { _ in
            try await enqueue(10)
            _ = try await outcomes.next(10)
        }
        #expect(running.withLock { $0.most } == 1)
    }
}

/// U5: no queue's many tasks hold up another's single one.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct FairRotationTests {
    private let fixture: ServerFixture
    private let outcomes = Outcomes()

    init() throws { fixture = try ServerFixture() }

    private func enqueue(_ counts: [String: Int]) async throws {
        for (queue, count) in counts {
            let batch = (0..<count).map { _ in (task: QueueTask(type: "t"), options: EnqueueOptions(queue: queue)) }
            for result in try await fixture.client.enqueue(batch: batch) { _ = try result.get() }
        }
    }

    /// The queues of all tasks in the order in which they started.
    private func starts(_ counts: [String: Int], concurrency: Int, weights: [String: Int]) async throws -> [String] {
        try await enqueue(counts)
        let order = Mailbox<String>()
        let configuration = ServerFixture.configuration {
            $0.queues = QueueSelection(weights: weights)
            $0.concurrency = concurrency
            $0.report(to: outcomes)
        }
        let total = counts.values.reduce(0, +)
        try await fixture.withServer(configuration, handler: ClosureHandler { order.send($1.queue) }) { _ in
            _ = try await outcomes.next(total)
        }
        return try await order.next(total)
    }

    @Test(arguments: [1, 16])
    func `U5: single tasks of 20 queues all start before a second turn of one with 1000`(concurrency: Int)
        async throws
    {
        let small = Dictionary(uniqueKeysWithValues: (1...20).map { ("s\($0)", 1) })
        let starts = try await starts(
            small.merging(["big": 1000]) { $1 }, concurrency: concurrency,
            weights: small.merging(["big": 1]) { $1 })
        let last = try #require(starts.lastIndex { $0 != "big" })
        // Tasks that run side by side start in any order.
        #expect(starts[..<last].count { $0 == "big" } <= concurrency)
    }

    @Test func `item 35: while both have tasks, weights of 3 and 1 give shares of 3 and 1`() async throws {
        let starts = try await starts(["a": 400, "b": 400], concurrency: 1, weights: ["a": 3, "b": 1])
        let shared = starts.prefix(400)
        #expect((295...305).contains(shared.count { $0 == "a" }))
    }
}

/// U5: what limits cost where there are none.
@Suite(.requiresRedis, .timeLimit(.minutes(1))) struct LimitCostTests {
    @Test func `U5: a queue without limits costs one command a dequeue and one an outcome`() async throws {
        try await RedisServerProcess.withServer { process in
            guard case .unix(let path) = process.configuration.address else {
                return #expect(Bool(false), "not on a socket")
            }
            let client = RedisClient(process.configuration, name: "test", logger: RedisServerProcess.silentLogger)
            let broker = RedisBroker(process.configuration, logger: RedisServerProcess.silentLogger)
            let worker = WorkerIdentity(host: "h", pid: 1, serverID: "s")
            for id in ["1", "2", "3"] {
                let message = TaskMessage(type: "t", id: id, queue: "q")
                #expect(try await broker.create(message, placement: .pending, uniqueFor: nil) == .created)
            }
            let monitor = try RedisMonitor(socketPath: path)
            let tasks = try await broker.dequeue(from: ["q"], limit: 2, worker: worker)
            #expect(tasks.count == 2)
            for task in tasks { #expect(try await broker.requeue(task.run) == .written) }
            await broker.close()
            try await client.send("ECHO", .string(RedisMonitor.end))
            let ours = await monitor.lines().filter { $0.contains(" lua]") && $0.contains("\"schedcu:{") }
            #expect(ours.count == 3, "\(ours)")
            #expect(ours.count { $0.contains("HMGET\" \"schedcu:{q}:limits\"") } == 1)
            await client.close()
        }
    }
}
