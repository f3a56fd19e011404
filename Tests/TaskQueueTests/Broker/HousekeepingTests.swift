import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct HousekeepingTests {
    let fixture: BrokerFixture
    let broker: RedisBroker

    init() throws {
        fixture = try BrokerFixture()
        broker = fixture.broker
    }

    @Test func `W8: forwarding lists the group again`() async throws {
        let message = fixture.message("1", group: "g1")
        _ = try await broker.create(message, placement: .scheduled(at: fixture.clock.now + 5), uniqueFor: nil)
        _ = try await fixture.send("SREM", "asynq:{default}:groups", "g1")
        fixture.clock.advance(by: 6)
        #expect(try await broker.forward(queue: "default") == 1)
        #expect(try await fixture.strings("SMEMBERS", "asynq:{default}:groups") == ["g1"])
    }

    @Test func `a due id without a task is dropped`() async throws {
        _ = try await fixture.send("ZADD", "asynq:{default}:retry", 1, "gone")
        #expect(try await broker.forward(queue: "default") == 1)
        #expect(try await fixture.integer("DBSIZE") == 0)
    }

    @Test func `W4: an undecodable active task is set aside and does not stop the recovery of others`() async throws {
        let run = try await fixture.running(fixture.message("1")).run
        _ = try await fixture.send("LPUSH", "asynq:{default}:active", "bad", "gone")
        _ = try await fixture.send("HSET", "asynq:{default}:t:bad", "msg", .bytes([0xFF]), "state", "active")
        _ = try await fixture.send("ZADD", "asynq:{default}:lease", 1, "bad", 1, "gone")
        #expect(try await broker.expiredLeases(queue: "default", cutoff: fixture.clock.now + 60) == [run])
        #expect(try await fixture.strings("LRANGE", "schedcu:{default}:quarantine", 0, -1) == ["bad"])
        #expect(try await fixture.strings("LRANGE", "asynq:{default}:active", 0, -1) == ["1"])
        #expect(try await fixture.strings("ZRANGE", "asynq:{default}:lease", 0, -1) == ["1"])
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:t:bad") == 1)
    }

    @Test func `D15: tasks of our workers without a liveness key are found, Go's and our own are not`() async throws {
        let dead = WorkerIdentity(host: "host|2", pid: 7, serverID: "s")
        let alive = WorkerIdentity(host: "host-3", pid: 8, serverID: "t")
        try await broker.writeServerState(info, workers: [], worker: alive, liveness: .seconds(3600))
        var runs: [WorkerIdentity: TaskRun] = [:]
        for worker in [fixture.worker, dead, alive] {
            _ = try await broker.create(fixture.message(worker.host), placement: .pending, uniqueFor: nil)
            runs[worker] = try #require(await broker.dequeue(from: ["default"], limit: 1, worker: worker).first).run
        }
        _ = try await fixture.send("LPUSH", "asynq:{default}:active", "go", "gone")
        _ = try await fixture.send("ZADD", "asynq:{default}:lease", 1_893_456_030, "go")
        _ = try await fixture.send(
            "HSET", "asynq:{default}:t:go", "msg", .bytes(try fixture.message("go").encoded()), "state", "active")
        let owners = Set(runs.values.compactMap(\.owner))
        let own = Set([try #require(runs[fixture.worker]?.owner)])
        let found = try await broker.orphanedTasks(in: ["none", "default"], besides: fixture.worker, running: own)
        let orphan = try #require(runs[dead])
        #expect(found.map(\.run) == [orphan])
        #expect(found.map(\.isAlone) == [false])
        #expect(try await broker.markAlone(found[0].run) == .written)
        let others = owners.subtracting([try #require(runs[dead]?.owner), try #require(runs[fixture.worker]?.owner)])
        let orphans = try await broker.orphanedTasks(in: ["default"], besides: alive, running: others)
        #expect(Set(orphans.filter(\.isAlone).map(\.run)) == [orphan])
        #expect(orphans.count == 2)
        // A Go worker took it meanwhile: it leaves our fields, and writes a lease of its own.
        _ = try await fixture.send("ZADD", "asynq:{default}:lease", 1_893_456_099, "host|2")
        #expect(try await broker.orphanedTasks(in: ["default"], besides: fixture.worker, running: own).isEmpty)
        let unknown = try await broker.orphanedTasks(in: ["default"], besides: fixture.worker, running: [])
        #expect(unknown.map(\.run.owner) == [runs[fixture.worker]?.owner], "a delivery whose answer was lost")
    }

    @Test(arguments: [1500, 6000])
    func `D15: a worker's liveness key lives as long as it is told`(milliseconds: Int) async throws {
        try await broker.writeServerState(
            info, workers: [], worker: fixture.worker, liveness: .milliseconds(milliseconds))
        let life = try await fixture.integer("PTTL", .string("schedcu:worker:\(fixture.worker.id)"))
        #expect((1...milliseconds).contains(life))
        try await broker.clearServerState(worker: fixture.worker)
        #expect(try await fixture.strings("KEYS", "schedcu:worker:*") == [])
    }

    @Test func `item 51: an idle server has no workers hash`() async throws {
        try await broker.writeServerState(info, workers: [], worker: fixture.worker, liveness: .seconds(6))
        #expect(try await fixture.strings("KEYS", "asynq:workers:*") == [])
    }

    private var info: ServerInfo {
        ServerInfo(
            host: "h", pid: 1, serverID: "s", concurrency: 1, queues: ["default": 1], strictPriority: false,
            status: "active", startedAt: fixture.clock.now, activeWorkerCount: 0)
    }

    @Test func `item 37: a published cancellation arrives`() async throws {
        let id = UUID().uuidString
        let broker = broker
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                // Channels are shared by all databases, so other tests' ids may arrive too.
                for await cancelled in broker.cancellations() where cancelled == id { return true }
                return false
            }
            group.addTask {
                // Nothing tells from outside when the subscription stands.
                while !Task.isCancelled { try await broker.publishCancellation(ofTask: id) }
                return false
            }
            let first = try await group.next()
            #expect(first == true)
            group.cancelAll()
            while let result = await group.nextResult() { _ = result }
        }
        await broker.close()
    }

    @Test func `a broker answers a ping, and after closing its own connection no longer`() async throws {
        try await broker.ping()
        let own = RedisBroker(fixture.redis.configuration, logger: fixture.redis.logger)
        try await own.ping()
        await own.close()
        await #expect(throws: RedisError.self) { try await own.ping() }
    }
}
