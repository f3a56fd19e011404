import Foundation
import RedisTestSupport
import Testing

@testable import TaskQueue

/// How both brokers give tasks to workers.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct DequeueConformanceTests {
    @Test(arguments: BrokerKind.allCases)
    func `D4: one call takes 16 tasks at most, oldest first`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        try await under.create((0..<40).map { "\($0)" })
        let taken = try await under.broker.dequeue(from: ["default"], limit: 100, worker: under.worker)
        #expect(taken.map(\.run.message.id) == (0..<16).map { "\($0)" })
        let look = try await under.look()
        #expect(look.active.count == 16 && look.leases.count == 16)
        #expect(try await under.broker.dequeue(from: ["default"], limit: 0, worker: under.worker).isEmpty)
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 35: queues are drained in the order given`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        try await under.create(["l1", "l2", "l3"], queue: "low")
        try await under.create(["h1", "h2"], queue: "high")
        let taken = try await under.broker.dequeue(from: ["high", "none", "low"], limit: 4, worker: under.worker)
        #expect(taken.map(\.run.message.id) == ["h1", "h2", "l1", "l2"])
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 34: a paused queue gives nothing, and others go on`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        try await under.create(["1"], queue: "paused")
        try await under.create(["2"], queue: "open")
        try await under.pause("paused")
        #expect(try await under.broker.isPaused(queue: "paused"))
        let taken = try await under.broker.dequeue(from: ["paused", "open"], limit: 9, worker: under.worker)
        #expect(taken.map(\.run.message.id) == ["2"])
        try await under.unpause("paused")
        #expect(try await under.broker.isPaused(queue: "paused") == false)
        #expect(try await under.taken(from: "paused").run.message.id == "1")
    }

    @Test(arguments: BrokerKind.allCases)
    func `a run names its worker and how often the task was delivered`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let first = try await under.running(under.message("1"))
        let parts = try #require(first.run.owner).split(separator: "|").map(String.init)
        #expect(parts.first == under.worker.id)
        #expect(parts.count == 2)
        #expect(first.leaseExpiresAt == Date(timeIntervalSince1970: 1_893_456_030))
        #expect(first.run.encodedMessage == (try under.message("1").encoded()))
        #expect(first.deliveries == 1)
        #expect(try await under.broker.rescue(first.run) == .written)
        let second = try await under.taken()
        #expect(second.deliveries == 2)
        #expect(second.run.owner != first.run.owner)
        #expect(first.crashes == 0 && second.crashes == 1)
    }

    @Test(arguments: BrokerKind.allCases)
    func `I8: crashes are forgotten a day after the last`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        #expect(try await under.broker.rescue(under.running(under.message("1")).run) == .written)
        under.clock.advance(by: 86_400)
        #expect(try await under.broker.rescue(under.taken().run) == .written)
        let twice = try await under.taken()
        #expect(twice.crashes == 2 && twice.mustRunAlone)
        #expect(try await under.broker.requeue(twice.run) == .written)
        under.clock.advance(by: 86_401)
        #expect(try await under.broker.rescue(under.taken().run) == .written)
        #expect(try await under.taken().crashes == 1)
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 40: the same id in two queues is two tasks`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let runs = [
            try await under.running(under.message("1", queue: "a")).run,
            try await under.running(under.message("1", queue: "b")).run,
        ]
        #expect(try await under.broker.done(runs[0]) == .written)
        #expect(try await under.broker.extendLeases(of: [runs[1]], in: "b") == [])
        #expect(try await under.broker.done(runs[1]) == .written)
    }

    @Test(arguments: BrokerKind.allCases)
    func `D3: a wait ends with a push and changes nothing`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        async let waited: Void = under.broker.waitForPending(in: "default", timeout: .seconds(50))
        try await under.create(["1", "2"])
        try await waited
        #expect(try await under.look().pending == ["1", "2"])
        try await under.broker.waitForPending(in: "default", timeout: .seconds(50))
        #expect(try await under.look().pending == ["1", "2"])
        await under.close()
    }

    @Test(arguments: BrokerKind.allCases, [Duration.milliseconds(5), .zero, .seconds(-1)])
    func `D3: a wait for nothing ends after its time`(kind: BrokerKind, timeout: Duration) async throws {
        let under = try BrokerUnderTest(kind)
        try await under.broker.waitForPending(in: "default", timeout: timeout)
        #expect(try await under.look() == QueueLook())
        await under.close()
    }

    @Test(arguments: BrokerKind.allCases)
    func `D7: all workers together hold no more leases than the limit, and a lease that is over does not count`(
        kind: BrokerKind
    ) async throws {
        let under = try BrokerUnderTest(kind)
        try await under.create((0..<6).map { "\($0)" })
        try await under.setLimits(QueueLimits(concurrency: 3))
        let plan = DequeuePlan(from: ["default"], limit: 2)
        let other = WorkerIdentity(host: "h", pid: 1, serverID: "other")
        let first = try await under.broker.dequeue(plan, worker: under.worker)
        #expect(first.tasks.map(\.run.message.id) == ["0", "1"] && first.holds.isEmpty)
        let second = try await under.broker.dequeue(plan, worker: other)
        #expect(second.tasks.map(\.run.message.id) == ["2"] && second.holds == ["default": .full])
        #expect(try await under.broker.done(first.tasks[0].run) == .written)
        #expect(try await under.taken().run.message.id == "3")
        under.clock.advance(by: 29)
        #expect(try await under.broker.dequeue(plan, worker: other).tasks.isEmpty)
        under.clock.advance(by: 1)
        #expect(try await under.broker.dequeue(plan, worker: other).tasks.count == 2)
    }

    @Test(arguments: BrokerKind.allCases)
    func `U5: a rate lets its burst through, and says when the next task may come`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        try await under.create((0..<4).map { "\($0)" })
        try await under.setLimits(QueueLimits(rate: RateLimit(1, per: .seconds(86_400), burst: 3)))
        let plan = DequeuePlan(from: ["default"], limit: 16)
        let result = try await under.broker.dequeue(plan, worker: under.worker)
        #expect(result.tasks.count == 3)
        guard case .rated(let wait) = result.holds["default"] else {
            Issue.record("held by \(result.holds)")
            return
        }
        #expect((.seconds(86_000) ... .seconds(86_400)).contains(wait))
        try await under.setLimits(QueueLimits())
        #expect(try await under.broker.dequeue(plan, worker: under.worker).tasks.count == 1)
    }

    @Test(arguments: BrokerKind.allCases)
    func `U5: of several full queues an attempt takes from each, and one at its limit leaves the others alone`(
        kind: BrokerKind
    ) async throws {
        let under = try BrokerUnderTest(kind)
        try await under.create((0..<10).map { "a\($0)" }, queue: "a")
        try await under.create((0..<20).map { "b\($0)" }, queue: "b")
        try await under.setLimits(QueueLimits(concurrency: 1), of: "a")
        let plan = DequeuePlan(from: ["a", "b"], shares: FairShares(weights: ["a": 1, "b": 1]), limit: 16)
        let result = try await under.broker.dequeue(plan, worker: under.worker)
        #expect(result.tasks.count { $0.run.message.queue == "a" } == 1)
        #expect(result.tasks.count { $0.run.message.queue == "b" } == 15)
        #expect(result.holds == ["a": .full])
    }
}
