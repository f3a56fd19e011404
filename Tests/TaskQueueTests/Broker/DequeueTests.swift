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

    private func create(_ ids: [String], queue: String = "default") async throws {
        let outcomes = try await broker.create(
            batch: ids.map { (fixture.message($0, queue: queue), .pending, nil) })
        #expect(outcomes.allSatisfy { $0 == .created })
    }
}
