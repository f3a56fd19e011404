import Foundation
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What both brokers do as time passes.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct HousekeepingConformanceTests {
    @Test(arguments: BrokerKind.allCases)
    func `item 43: 1000 tasks due at once all move, 100 a call, in their order`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let date = under.clock.now + 5
        let ids = (0..<1000).map { String($0 + 1000) }
        _ = try await under.broker.create(batch: ids.map { (under.message($0), .scheduled(at: date), nil) })
        #expect(try await under.broker.forward(queue: "default") == 0)
        under.clock.advance(by: 6)
        for _ in 0..<10 { #expect(try await under.broker.forward(queue: "default") == 100) }
        #expect(try await under.broker.forward(queue: "default") == 0)
        let look = try await under.look()
        #expect(look.pending == ids)
        #expect(look.tasks["1999"]?.state == "pending")
        #expect(look.tasks["1999"]?.pendingSince == 1_893_456_006_123_457_000)
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 44, W7: a scheduled task of a group goes to its group`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let message = under.message("1", group: "g1")
        let outcome = try await under.broker.create(
            message, placement: .scheduled(at: under.clock.now + 5), uniqueFor: nil)
        #expect(outcome == .created)
        #expect(try await under.broker.groups(in: "default") == ["g1"])
        under.clock.advance(by: 6)
        #expect(try await under.broker.forward(queue: "default") == 1)
        let look = try await under.look()
        #expect(look.members == ["g1": ["1": 1_893_456_006]])
        #expect(look.tasks["1"]?.state == "aggregating")
        try await under.expectOnePlaceEach()
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 45: only completed tasks whose retention is over go, as many as were asked for`(kind: BrokerKind)
        async throws
    {
        let under = try BrokerUnderTest(kind)
        let broker = under.broker
        for (id, retention) in [("1", 10), ("2", 20), ("3", 1000)] as [(String, Int64)] {
            #expect(try await broker.complete(under.running(under.message(id, retention: retention)).run) == .written)
        }
        under.clock.advance(by: 30)
        #expect(try await broker.deleteExpiredCompleted(queue: "default", limit: 0) == 0)
        #expect(try await broker.deleteExpiredCompleted(queue: "default", limit: -1) == 0)
        #expect(try await broker.deleteExpiredCompleted(queue: "default", limit: 1) == 1)
        #expect(try await broker.deleteExpiredCompleted(queue: "default", limit: 9) == 1)
        let look = try await under.look()
        #expect(Array(look.completed.keys) == ["3"] && Array(look.tasks.keys) == ["3"])
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 46: of more archived tasks than are kept the oldest go, and those that are too old`(kind: BrokerKind)
        async throws
    {
        let under = try BrokerUnderTest(kind)
        let broker = under.broker
        try await under.setArchiveLimits(ArchiveLimits(count: 3, age: .seconds(60)))
        for id in ["a", "b", "c", "d", "e"] {
            #expect(try await broker.archive(under.running(under.message(id)).run, error: "e") == .written)
            under.clock.advance(by: 1)
        }
        #expect(try await under.look().tasks.keys.sorted() == ["c", "d", "e"])
        under.clock.advance(by: 57)
        #expect(try await broker.trimArchive(queue: "default", limit: 0) == 0)
        #expect(try await broker.trimArchive(queue: "default", limit: 1) == 1)
        #expect(try await broker.trimArchive(queue: "default", limit: 9) == 0)
        #expect(try await under.look().tasks.keys.sorted() == ["d", "e"])
    }

    @Test(arguments: BrokerKind.allCases)
    func `archive: a task's own retention is heeded to the second`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        var options = StoredOptions()
        options.archiveSeconds = 60
        let creation = TaskCreation(message: under.message("1"), options: options)
        #expect(try await under.broker.create([creation]) == [.created])
        #expect(try await under.broker.archive(under.taken().run, error: "e") == .written)
        under.clock.advance(by: 59)
        #expect(try await under.broker.trimArchive(queue: "default", limit: 9) == 0)
        under.clock.advance(by: 1)
        #expect(try await under.broker.trimArchive(queue: "default", limit: 9) == 1)
        #expect(try await under.look().tasks.isEmpty)
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 31: leases are listed from their end on`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let run = try await under.running(under.message("1")).run
        let end = Date(timeIntervalSince1970: 1_893_456_030)
        #expect(try await under.broker.expiredLeases(queue: "default", cutoff: end - 1) == [])
        #expect(try await under.broker.expiredLeases(queue: "default", cutoff: end) == [run])
    }

    @Test(arguments: BrokerKind.allCases)
    func `D15: tasks of workers that are gone are found, and of one's own those that are not known`(kind: BrokerKind)
        async throws
    {
        let under = try BrokerUnderTest(kind)
        let dead = WorkerIdentity(host: "host|2", pid: 7, serverID: "s")
        let alive = WorkerIdentity(host: "host-3", pid: 8, serverID: "t")
        let info = ServerInfo(
            host: "h", pid: 1, serverID: "s", concurrency: 1, queues: ["default": 1], strictPriority: false,
            status: "active", startedAt: under.clock.now, activeWorkerCount: 0)
        for worker in [dead, alive] {
            try await under.broker.writeServerState(info, workers: [], worker: worker, liveness: .seconds(3600))
        }
        var runs: [TaskRun] = []
        for worker in [under.worker, dead, alive] {
            try await under.create([worker.host])
            runs += try await under.broker.dequeue(from: ["default"], limit: 1, worker: worker).map(\.run)
        }
        let own = Set([try #require(runs[0].owner)])
        func orphans(_ running: Set<String>) async throws -> [OwnedTask] {
            try await under.broker.orphanedTasks(in: ["none", "default"], besides: under.worker, running: running)
        }
        #expect(try await orphans(own).isEmpty)
        #expect(try await orphans([]).map(\.run) == [runs[0]], "a delivery whose answer was lost")
        #expect(try await under.broker.markAlone(runs[1]) == .written)
        try await under.broker.clearServerState(worker: dead)
        let found = try await orphans(own)
        #expect(found.map(\.run) == [runs[1]] && found.map(\.isAlone) == [true])
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 37: a published cancellation arrives`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let id = UUID().uuidString
        let broker = under.broker
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await cancelled in broker.cancellations() where cancelled == id { return true }
                return false
            }
            group.addTask {
                // Nothing tells from outside when the subscription stands.
                while !Task.isCancelled {
                    try await broker.publishCancellation(ofTask: id)
                    await Task.yield()
                }
                return false
            }
            let first = try await group.next()
            #expect(first == true)
            group.cancelAll()
            while let result = await group.nextResult() { _ = result }
        }
        await under.close()
    }

    @Test(arguments: BrokerKind.allCases)
    func `the store's clock is near the caller's, and the store is fit`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        try await under.broker.ping()
        if kind == .memory { #expect(try await under.broker.storeTime() == under.clock.now) }
        #expect(try await under.broker.storeFacts().refusal == nil)
    }
}
