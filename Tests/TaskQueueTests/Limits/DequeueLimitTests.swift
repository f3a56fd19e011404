import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// U5, decision D7: limits of the whole fleet, as the dequeue script keeps them.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct DequeueLimitTests {
    private let fixture: BrokerFixture
    private var broker: RedisBroker { fixture.broker }
    private var inspector: TaskInspector { fixture.inspector }
    private let other = WorkerIdentity(host: "h", pid: 1, serverID: "other")

    init() throws { fixture = try BrokerFixture() }

    private func create(_ count: Int, queue: String = "default") async throws {
        let outcomes = try await broker.create(
            batch: (0..<count).map { (fixture.message("\(queue)-\($0)", queue: queue), .pending, nil) })
        #expect(outcomes.allSatisfy { $0 == .created })
    }

    private func take(_ limit: Int = 16, from queue: String = "default") async throws -> DequeueResult {
        try await broker.dequeue(DequeuePlan(from: [queue], limit: limit), worker: fixture.worker)
    }

    @Test func `D7: all workers together hold no more leases than the limit, and what ends makes room`() async throws {
        try await create(10)
        try await inspector.setConcurrencyLimit(3, of: "default")
        let first = try await take(2)
        #expect(first.tasks.map(\.run.message.id) == ["default-0", "default-1"])
        #expect(first.holds.isEmpty)
        let second = try await broker.dequeue(DequeuePlan(from: ["default"], limit: 16), worker: other)
        #expect(second.tasks.map(\.run.message.id) == ["default-2"])
        #expect(second.holds == ["default": .full])
        #expect(try await take().tasks.isEmpty)
        #expect(try await take().holds == ["default": .full])
        #expect(try await broker.done(first.tasks[0].run) == .written)
        #expect(try await take().tasks.map(\.run.message.id) == ["default-3"])
        #expect(try await fixture.integer("LLEN", "asynq:{default}:active") == 3)
        #expect(try await fixture.integer("LLEN", "asynq:{default}:pending") == 6)
    }

    @Test func `D7: a lease that is over no longer counts, though nobody gave its task back`() async throws {
        try await create(4)
        try await inspector.setConcurrencyLimit(2, of: "default")
        #expect(try await take().tasks.count == 2)
        fixture.clock.advance(by: 29)
        #expect(try await take().tasks.isEmpty)
        fixture.clock.advance(by: 1)
        #expect(try await take().tasks.count == 2)
        #expect(try await fixture.integer("LLEN", "asynq:{default}:active") == 4)
    }

    @Test func `a queue at its limit without waiting tasks is no reason to be held`() async throws {
        try await create(1)
        try await inspector.setConcurrencyLimit(1, of: "default")
        #expect(try await take().holds.isEmpty)
        #expect(try await take().holds.isEmpty)
    }

    @Test func `U5: a queue at its limit leaves the others alone, and their share is not lost`() async throws {
        try await create(10, queue: "a")
        try await create(20, queue: "b")
        try await inspector.setConcurrencyLimit(1, of: "a")
        let shares = FairShares(weights: ["a": 1, "b": 1])
        let plan = DequeuePlan(from: ["a", "b"], shares: shares, limit: 16)
        let result = try await broker.dequeue(plan, worker: fixture.worker)
        #expect(result.tasks.filter { $0.run.message.queue == "a" }.count == 1)
        #expect(result.tasks.filter { $0.run.message.queue == "b" }.count == 15)
        #expect(result.holds == ["a": .full])
    }

    @Test func `U5: of several full queues an attempt takes from each, and a single task is not left behind`()
        async throws
    {
        try await create(100, queue: "big")
        for queue in ["s1", "s2", "s3", "s4", "s5", "s6"] { try await create(1, queue: queue) }
        let names = ["big", "s1", "s2", "s3", "s4", "s5", "s6"]
        let shares = FairShares(weights: Dictionary(uniqueKeysWithValues: names.map { ($0, 1) }))
        let result = try await broker.dequeue(
            DequeuePlan(from: names, shares: shares, limit: 16), worker: fixture.worker)
        let counts = Dictionary(result.tasks.map { ($0.run.message.queue, 1) }, uniquingKeysWith: +)
        #expect(counts == ["big": 10, "s1": 1, "s2": 1, "s3": 1, "s4": 1, "s5": 1, "s6": 1])
    }

    @Test func `a queue with a key of the wrong type is left out, where queues share an attempt`() async throws {
        try await create(12, queue: "sound")
        _ = try await fixture.send("SET", "asynq:{broken}:pending", "text")
        let plan = DequeuePlan(
            from: ["broken", "sound"], shares: FairShares(weights: ["broken": 1, "sound": 1]), limit: 16)
        #expect(try await broker.dequeue(plan, worker: fixture.worker).tasks.count == 12)
        #expect(try await broker.dequeue(plan, worker: fixture.worker).tasks.isEmpty)
        let later = fixture.message("later", queue: "sound")
        #expect(try await broker.create(later, placement: .pending, uniqueFor: nil) == .created)
        #expect(try await broker.dequeue(plan, worker: fixture.worker).tasks.count == 1)
    }

    @Test func `U5: a rate lets through its burst and then one task a gap, by Redis's clock`() async throws {
        try await create(60)
        try await inspector.setRateLimit(RateLimit(200, per: .seconds(1), burst: 10), of: "default")
        let began = try await fixture.redis.client.microseconds()
        var taken = 0
        var asked = 0
        while taken < 60 {
            let result = try await take()
            asked += 1
            taken += result.tasks.count
            if asked == 1 { #expect(taken == 10) }
            // At most the burst and one for every whole gap of 5 ms since: the start is measured too early, the end too late.
            #expect(Int64(taken) <= 10 + (try await fixture.redis.client.microseconds() - began) / 5000)
            if taken < 60 {
                guard case .rated(let wait) = result.holds["default"] else {
                    throw TestFailure(description: "no moment was named")
                }
                #expect(wait > .zero && wait <= .milliseconds(5))
                // What the store named suffices: the next call gives a task.
                try await Task.sleep(for: wait)
            }
        }
        #expect(try await fixture.redis.client.microseconds() - began >= 50 * 5000)
        // A call that came by its moment was never in vain.
        #expect(asked <= 51)
        #expect(try await take().holds.isEmpty)
    }

    @Test func `U5: an id without a task costs nothing of the rate`() async throws {
        _ = try await fixture.send("LPUSH", "asynq:{default}:pending", "gone-1", "gone-2", "gone-3")
        try await create(2)
        try await inspector.setRateLimit(RateLimit(1, per: .seconds(3600), burst: 2), of: "default")
        #expect(try await take(1).tasks.count == 1)
        #expect(try await take(1).tasks.count == 1)
    }

    @Test func `U5: a task that is tried again counts again`() async throws {
        try await create(1)
        try await inspector.setRateLimit(RateLimit(1, per: .seconds(3600)), of: "default")
        let run = try #require(try await take().tasks.first).run
        #expect(try await broker.requeue(run) == .written)
        let again = try await take()
        #expect(again.tasks.isEmpty)
        guard case .rated(let wait) = again.holds["default"] else {
            throw TestFailure(description: "the queue is not rated")
        }
        #expect(wait > .seconds(3000) && wait <= .seconds(3600))
    }

    @Test func `U5: a faster rate holds at once, whatever the old one had counted ahead`() async throws {
        try await create(3)
        try await inspector.setRateLimit(RateLimit(1, per: .seconds(3600), burst: 1), of: "default")
        #expect(try await take().tasks.count == 1)
        try await inspector.setRateLimit(RateLimit(1, per: .milliseconds(1), burst: 1), of: "default")
        var taken = 0
        while taken < 2 { taken += try await take().tasks.count }
        try await inspector.setRateLimit(nil, of: "default")
        #expect(try await take().holds.isEmpty)
    }

    @Test func `I9: what a rate remembers is gone when it is past`() async throws {
        try await create(1)
        try await inspector.setRateLimit(RateLimit(1, per: .milliseconds(20)), of: "default")
        #expect(try await take().tasks.count == 1)
        try await until { try await fixture.integer("EXISTS", "schedcu:{default}:rate") == 0 }
    }

    @Test func `U5: concurrency and rate hold together`() async throws {
        try await create(5)
        try await inspector.setConcurrencyLimit(2, of: "default")
        try await inspector.setRateLimit(RateLimit(1, per: .seconds(3600), burst: 3), of: "default")
        let first = try await take()
        #expect(first.tasks.count == 2)
        #expect(first.holds == ["default": .full])
        for task in first.tasks { #expect(try await broker.done(task.run) == .written) }
        let second = try await take()
        #expect(second.tasks.count == 1)
        guard case .rated = second.holds["default"] else { throw TestFailure(description: "the queue is not rated") }
    }

    @Test(arguments: [
        ["HSET", "schedcu:{default}:limits", "concurrency", "three"],
        ["HSET", "schedcu:{default}:limits", "concurrency", "0"],
        ["HSET", "schedcu:{default}:limits", "concurrency", "-1"],
        ["HSET", "schedcu:{default}:limits", "concurrency", ""],
        ["HSET", "schedcu:{default}:limits", "concurrency", "99999999999999999999999"],
        ["HSET", "schedcu:{default}:limits", "rate", "fast"],
        ["HSET", "schedcu:{default}:limits", "rate", "1|0|1"],
        ["HSET", "schedcu:{default}:limits", "rate", "1|99999999999999999999999|1"],
        ["HSET", "schedcu:{default}:limits", "rate", "1|1|1|1"],
        ["HSET", "schedcu:{default}:limits", "rate", "0|1|1", "concurrency", "x"],
        ["SET", "schedcu:{default}:limits", "3"],
        ["RPUSH", "schedcu:{default}:limits", "3"],
    ])
    func `a limit that somebody broke by hand counts as none, is named, and can be set again`(
        command: [String]
    ) async throws {
        try await create(3)
        _ = try await fixture.redis.client.send(
            RedisCommand(command[0], command.dropFirst().map { .string($0) }))
        #expect(try await take(2).tasks.count == 2)
        let error = await #expect(throws: InspectorError.self) { try await inspector.limits(of: "default") }
        #expect(error?.code == .malformedLimit)
        #expect(error?.message.contains("default") == true)
        try await inspector.setConcurrencyLimit(2, of: "default")
        try await inspector.setRateLimit(nil, of: "default")
        #expect(try await inspector.limits(of: "default") == QueueLimits(concurrency: 2))
        #expect(try await take().holds == ["default": .full])
    }

    @Test(arguments: ["soon", "-5", "", "1e400", "99999999999999999999999999"])
    func `what somebody wrote over the rate's memory delays by a burst at most`(text: String) async throws {
        try await create(2)
        try await inspector.setRateLimit(RateLimit(1000, per: .seconds(1)), of: "default")
        _ = try await fixture.send("SET", "schedcu:{default}:rate", .string(text))
        var taken = 0
        while taken < 2 { taken += try await take().tasks.count }
        _ = try await fixture.send("DEL", "schedcu:{default}:rate")
        _ = try await fixture.send("RPUSH", "schedcu:{default}:rate", "x")
        try await create(1, queue: "other")
        #expect(try await take(from: "other").tasks.count == 1)
    }

    @Test func `the widest limits that can be set stop nothing`() async throws {
        try await create(20)
        try await inspector.setConcurrencyLimit(QueueLimits.largestConcurrency, of: "default")
        try await inspector.setRateLimit(
            RateLimit(1_000_000, per: .milliseconds(1), burst: 1_000_000), of: "default")
        #expect(try await take(8).tasks.count == 8)
        try await inspector.setRateLimit(
            RateLimit(1, per: .seconds(366 * 86_400), burst: 1_000_000), of: "default")
        #expect(try await take(8).tasks.count == 8)
        // A gap of a thousandth of what Redis's clock counts in.
        try await inspector.setRateLimit(RateLimit(1_000_000, per: .milliseconds(1)), of: "default")
        var taken = 0
        while taken < 4 { taken += try await take(8).tasks.count }
        #expect(try await take(8).holds.isEmpty)
    }
}

@Suite struct BelievedFullTests {
    @Test func `U5: a queue that somebody tells of is asked at once, beside one that was full at the last look`() {
        let start = ContinuousClock.now
        var believed = BelievedFull()
        believed.looked(at: ["big", "small"], full: ["big"], began: start)
        #expect(believed.queues(among: ["small", "big"], at: start) == ["big"])
        believed.isFull("small")
        #expect(believed.queues(among: ["small", "big"], at: start) == ["small", "big"])
        believed.isEmpty("big")
        #expect(believed.queues(among: ["small", "big"], at: start) == ["small"])
        #expect(believed.queues(among: ["small", "big"], at: start + BelievedFull.life) == nil)
    }
}
