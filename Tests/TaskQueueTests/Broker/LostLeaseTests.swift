import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

/// Tasks of dead workers among many, and active tasks whose lease was lost.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct LostLeaseTests {
    let fixture: BrokerFixture
    let broker: RedisBroker
    let looker = WorkerIdentity(host: "looker", pid: 1, serverID: "l")

    init() throws {
        fixture = try BrokerFixture()
        broker = fixture.broker
    }

    private func live(_ worker: WorkerIdentity) async throws {
        _ = try await fixture.send("SET", .string("schedcu:worker:\(worker.id)"), 1)
    }

    /// Takes `count` new tasks of the queue `default` for a worker.
    private func run(_ count: Int, by worker: WorkerIdentity, prefix: String = "t") async throws -> [TaskRun] {
        let batch = (0..<count).map {
            (message: fixture.message("\(prefix)\($0)"), placement: TaskPlacement.pending, uniqueFor: Duration?.none)
        }
        _ = try await broker.create(batch: batch)
        var runs: [TaskRun] = []
        while runs.count < count {
            runs += try await broker.dequeue(from: ["default"], limit: 16, worker: worker).map(\.run)
        }
        return runs
    }

    /// What the recovery and the rescue do: the first mends, and finds nothing whose lease ended an hour ago.
    private func orphans() async throws -> [TaskRun] {
        #expect(try await broker.expiredLeases(queue: "default", cutoff: fixture.clock.now - 3600) == [])
        return try await broker.orphanedTasks(in: ["default"], besides: looker, running: []).map(\.run)
    }

    private func loseLease(of id: String) async throws {
        #expect(try await fixture.integer("ZREM", "asynq:{default}:lease", .string(id)) == 1)
    }

    @Test func `D15: the youngest of thousands of active tasks is found when its worker is dead`() async throws {
        try await live(fixture.worker)
        _ = try await run(2500, by: fixture.worker)
        let dead = WorkerIdentity(host: "dead", pid: 2, serverID: "d")
        let run = try await run(1, by: dead, prefix: "young")
        #expect(try await orphans() == run)
    }

    @Test func `D15: all of thousands of a dead worker's tasks are found, each once`() async throws {
        let runs = try await run(2500, by: fixture.worker)
        let found = try await orphans()
        #expect(found.count == 2500)
        #expect(Set(found) == Set(runs))
    }

    @Test func `W10: a dead worker's task without a lease is given back as in a rescue`() async throws {
        let run = try await run(1, by: fixture.worker)[0]
        try await loseLease(of: "t0")
        #expect(try await orphans() == [run])
        #expect(try await broker.rescue(run) == .written)
        try await fixture.expectOneContainerEach()
        let again = try await fixture.taken()
        #expect(again.run.message == run.message, "no retry was counted")
        #expect(again.crashes == 1 && again.deliveries == 2)
    }

    @Test func `W10: a living worker keeps its task whose lease was lost`() async throws {
        try await live(fixture.worker)
        let run = try await run(1, by: fixture.worker)[0]
        try await loseLease(of: "t0")
        #expect(try await orphans().isEmpty)
        #expect(try await broker.extendLeases(of: [run], in: "default") == [])
        #expect(try await broker.done(run) == .written)
    }

    @Test func `W10: an active id without a task is dropped`() async throws {
        let run = try await run(1, by: fixture.worker)[0]
        _ = try await fixture.send("LPUSH", "asynq:{default}:active", "gone1", "text")
        _ = try await fixture.send("RPUSH", "asynq:{default}:active", "gone2")
        _ = try await fixture.send("SET", "asynq:{default}:t:text", "somebody's")
        #expect(try await orphans() == [run])
        #expect(try await fixture.strings("LRANGE", "asynq:{default}:active", 0, -1) == ["t0"])
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:t:text") == 1)
    }

    @Test(arguments: [false, true])
    func `W10: a task that a Go worker may hold gets a new lease, which it extends or which ends`(wasOurs: Bool)
        async throws
    {
        if wasOurs {
            // Ours until its lease was over; a Go worker recovered it and took it again, and left our fields.
            _ = try await run(1, by: fixture.worker)
            fixture.clock.advance(by: 60)
        } else {
            let bytes = try fixture.message("t0").encoded()
            _ = try await fixture.send("HSET", "asynq:{default}:t:t0", "msg", .bytes(bytes), "state", "active")
            _ = try await fixture.send("LPUSH", "asynq:{default}:active", "t0")
            _ = try await fixture.send("ZADD", "asynq:{default}:lease", 1, "t0")
        }
        try await loseLease(of: "t0")
        #expect(try await orphans().isEmpty)
        let now = Int(fixture.clock.now.timeIntervalSince1970)
        #expect(try await fixture.integer("ZSCORE", "asynq:{default}:lease", "t0") == now + 30)
        let end = fixture.clock.now + 30
        #expect(try await broker.expiredLeases(queue: "default", cutoff: end - 1) == [])
        let expired = try await broker.expiredLeases(queue: "default", cutoff: end)
        #expect(expired.map(\.message.id) == ["t0"] && expired.map(\.owner) == [nil])
        #expect(try await broker.retry(expired[0], at: end, error: "x", isFailure: true) == .written)
    }

    @Test func `W10: a lost lease is found beside a lease that has no active task`() async throws {
        let run = try await run(1, by: fixture.worker)[0]
        try await loseLease(of: "t0")
        _ = try await fixture.send("ZADD", "asynq:{default}:lease", 9_999_999_999, "nobody's")
        #expect(try await orphans() == [run])
    }

    @Test func `W10: a lease of a task that is not active goes when it ends, and the task stays`() async throws {
        #expect(try await broker.create(fixture.message("1"), placement: .pending, uniqueFor: nil) == .created)
        _ = try await fixture.send("ZADD", "asynq:{default}:lease", 1_893_456_000, "1")
        #expect(try await broker.expiredLeases(queue: "default", cutoff: fixture.clock.now) == [])
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:lease") == 0)
        try await fixture.expectOneContainerEach()
        #expect(try await fixture.taken().run.message.id == "1")
    }

    @Test func `W10: a task that stands nowhere but among the leases is active again, and so recovered`() async throws {
        let run = try await run(1, by: fixture.worker)[0]
        #expect(try await fixture.integer("LREM", "asynq:{default}:active", 0, "t0") == 1)
        let now = fixture.clock.now
        #expect(try await broker.expiredLeases(queue: "default", cutoff: now + 60) == [run])
        #expect(try await broker.retry(run, at: now, error: "x", isFailure: true) == .written)
        try await fixture.expectOneContainerEach()
    }

    @Test func `W10: lost leases are found however many tasks are active`() async throws {
        try await live(fixture.worker)
        _ = try await run(2500, by: fixture.worker)
        for id in ["t0", "t999", "t1000", "t2499"] { try await loseLease(of: id) }
        _ = try await fixture.send("LPUSH", "asynq:{default}:active", "gone")
        #expect(try await orphans().isEmpty)
        #expect(try await fixture.integer("ZCARD", "asynq:{default}:lease") == 2500)
        #expect(try await fixture.integer("LLEN", "asynq:{default}:active") == 2500)
    }

    @Test func `W10: nothing that is taken and ended at the same time is touched`() async throws {
        try await live(fixture.worker)
        let batch = (0..<400).map {
            (message: fixture.message("\($0)"), placement: TaskPlacement.pending, uniqueFor: Duration?.none)
        }
        _ = try await broker.create(batch: batch)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    while true {
                        let taken = try await broker.dequeue(from: ["default"], limit: 7, worker: fixture.worker)
                        if taken.isEmpty { break }
                        for task in taken {
                            let outcome = try await broker.done(task.run)
                            #expect(outcome == .written)
                        }
                    }
                }
            }
            group.addTask {
                for _ in 0..<100 {
                    let found = try await orphans()
                    #expect(found.isEmpty)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:active", "asynq:{default}:lease") == 0)
        #expect(try await fixture.send("GET", "asynq:{default}:processed").integer() == 400)
    }
}
