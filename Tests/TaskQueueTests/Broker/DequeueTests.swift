import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct DequeueTests {
    let fixture: BrokerFixture
    let broker: RedisBroker

    init() throws {
        fixture = try BrokerFixture()
        broker = fixture.broker
    }

    @Test func `D4: one call takes 16 tasks at most, oldest first`() async throws {
        try await create((0..<40).map { "\($0)" })
        let taken = try await broker.dequeue(from: ["default"], limit: 100, worker: fixture.worker)
        #expect(taken.map(\.run.message.id) == (0..<16).map { "\($0)" })
        #expect(try await fixture.integer("LLEN", "asynq:{default}:active") == 16)
        #expect(try await fixture.integer("ZCARD", "asynq:{default}:lease") == 16)
        #expect(try await broker.dequeue(from: ["default"], limit: 0, worker: fixture.worker).isEmpty)
    }

    @Test func `item 35: queues are drained in the order given`() async throws {
        try await create(["l1", "l2", "l3"], queue: "low")
        try await create(["h1", "h2"], queue: "high")
        let taken = try await broker.dequeue(from: ["high", "none", "low"], limit: 4, worker: fixture.worker)
        #expect(taken.map(\.run.message.id) == ["h1", "h2", "l1", "l2"])
    }

    @Test func `item 34: a paused queue gives nothing, and others go on`() async throws {
        try await create(["1"], queue: "paused")
        try await create(["2"], queue: "open")
        _ = try await fixture.send("SET", "asynq:{paused}:paused", "1893456000")
        let taken = try await broker.dequeue(from: ["paused", "open"], limit: 9, worker: fixture.worker)
        #expect(taken.map(\.run.message.id) == ["2"])
        _ = try await fixture.send("DEL", "asynq:{paused}:paused")
        #expect(try await fixture.taken(from: "paused").run.message.id == "1")
    }

    @Test func `a run names its worker and how often the task was delivered`() async throws {
        let first = try await fixture.running(fixture.message("1"))
        let parts = try #require(first.run.owner).split(separator: "|").map(String.init)
        #expect(parts.first == fixture.worker.id)
        #expect(parts.count == 2)
        #expect(first.leaseExpiresAt == Date(timeIntervalSince1970: 1_893_456_030))
        #expect(first.run.encodedMessage == (try fixture.message("1").encoded()))
        #expect(first.deliveries == 1)
        #expect(try await broker.rescue(first.run) == .written)
        let second = try await fixture.taken()
        #expect(second.deliveries == 2)
        #expect(second.run.owner != first.run.owner)
        #expect(first.crashes == 0 && second.crashes == 1)
    }

    @Test func `item 39, W3: an id without a task is dropped and the next one is taken`() async throws {
        _ = try await fixture.send("LPUSH", "asynq:{default}:pending", "gone", "zombie")
        _ = try await fixture.send("HSET", "asynq:{default}:t:zombie", "state", "pending")
        try await create(["1"])
        #expect(try await fixture.taken().run.message.id == "1")
        #expect(try await fixture.strings("LRANGE", "asynq:{default}:active", 0, -1) == ["1"])
        #expect(try await fixture.strings("ZRANGE", "asynq:{default}:lease", 0, -1) == ["1"])
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:t:gone", "asynq:{default}:t:zombie") == 0)
    }

    @Test(arguments: [[0xFF, 0xFF], [0x0A, 2, 0xC3, 0x28], []] as [[UInt8]])
    func `item 39, W4: a message that does not decode is set aside and blocks nobody`(bytes: [UInt8]) async throws {
        _ = try await fixture.send("HSET", "asynq:{default}:t:bad", "msg", .bytes(bytes), "state", "pending")
        _ = try await fixture.send("LPUSH", "asynq:{default}:pending", "bad")
        try await create(["1"])
        let taken = try await broker.dequeue(from: ["default"], limit: 5, worker: fixture.worker)
        #expect(taken.map(\.run.message.id) == ["1"])
        #expect(try await fixture.strings("LRANGE", "asynq:{default}:active", 0, -1) == ["1"])
        #expect(try await fixture.strings("ZRANGE", "asynq:{default}:lease", 0, -1) == ["1"])
        #expect(try await fixture.strings("LRANGE", "schedcu:{default}:quarantine", 0, -1) == ["bad"])
        #expect(try await fixture.send("HGET", "asynq:{default}:t:bad", "msg") == .bulk(bytes))
    }

    @Test func `item 40: the same id in two queues is two tasks`() async throws {
        let runs = [
            try await fixture.running(fixture.message("1", queue: "a")).run,
            try await fixture.running(fixture.message("1", queue: "b")).run,
        ]
        #expect(try await broker.done(runs[0]) == .written)
        #expect(try await broker.extendLeases(of: [runs[1]], in: "b") == [])
        #expect(try await broker.done(runs[1]) == .written)
    }

    @Test func `item 69: two brokers that race for 1000 tasks take each exactly once`() async throws {
        try await create((0..<1000).map { "\($0)" })
        let redis = fixture.redis
        let taken = try await withThrowingTaskGroup(of: [String].self) { group in
            for number in 0..<2 {
                group.addTask {
                    let broker = RedisBroker(redis.configuration, logger: redis.logger)
                    let worker = WorkerIdentity(host: "h", pid: Int32(number), serverID: "\(number)")
                    var ids: [String] = []
                    while true {
                        let tasks = try await broker.dequeue(from: ["default"], limit: 7, worker: worker)
                        if tasks.isEmpty { break }
                        for task in tasks {
                            #expect(try await broker.done(task.run) == .written)
                            ids.append(task.run.message.id)
                        }
                    }
                    await broker.close()
                    return ids
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(taken.count == 1000)
        #expect(Set(taken) == Set((0..<1000).map { "\($0)" }))
        #expect(try await fixture.send("GET", "asynq:{default}:processed").integer() == 1000)
        #expect(try await fixture.integer("LLEN", "asynq:{default}:active") == 0)
    }

    @Test func `D3: a wait ends with a push and changes nothing`() async throws {
        async let waited: Void = broker.waitForPending(in: "default", timeout: .seconds(50))
        try await create(["1", "2"])
        try await waited
        #expect(try await fixture.strings("LRANGE", "asynq:{default}:pending", 0, -1) == ["2", "1"])
        try await broker.waitForPending(in: "default", timeout: .seconds(50))
        #expect(try await fixture.strings("LRANGE", "asynq:{default}:pending", 0, -1) == ["2", "1"])
        await broker.close()
    }

    @Test(arguments: [Duration.milliseconds(5), .zero, .seconds(-1)])
    func `D3: a wait for nothing ends after its time`(timeout: Duration) async throws {
        try await broker.waitForPending(in: "default", timeout: timeout)
        #expect(try await fixture.integer("DBSIZE") == 0)
        await broker.close()
    }

    private func create(_ ids: [String], queue: String = "default") async throws {
        let outcomes = try await broker.create(
            batch: ids.map { (fixture.message($0, queue: queue), .pending, nil) })
        #expect(outcomes.allSatisfy { $0 == .created })
    }
}
