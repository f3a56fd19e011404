import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Features that meet in one task.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct ComposedFeatureTests {
    private let fixture: BrokerFixture
    private let broker: RedisBroker
    private let lock = "schedcu:{default}:unique:x"

    init() throws {
        fixture = try BrokerFixture()
        broker = fixture.broker
    }

    /// A task with a unique lock, which may go when it is archived.
    private func locked(_ id: String, frees: Bool) -> TaskCreation {
        var options = StoredOptions()
        options.releasesLockOnArchive = frees
        return TaskCreation(
            message: fixture.message(id, uniqueKey: lock), uniqueFor: .seconds(60), options: options)
    }

    @Test func `D5: of two runs of one task only the one that lost it is named`() async throws {
        let first = try await fixture.running(fixture.message("1")).run
        #expect(try await broker.requeue(first) == .written)
        let second = try await fixture.taken().run
        #expect(try await broker.extendLeases(of: [first, second], in: "default") == [first])
    }

    @Test func `a tick's task has the options of its entry`() async throws {
        var options = EnqueueOptions(queue: "default", taskID: "tick")
        options.retryDelays = .fixed(.seconds(7))
        let composed = try ComposedTask(QueueTask(type: "t"), options, now: fixture.clock.now)
        let tick = FencedTick(tick: 60, scope: "entry", life: .seconds(60), leadership: nil)
        #expect(try await broker.createTask(composed.creation, of: tick) == .tried(.created))
        let run = try await fixture.taken().run
        #expect(try await broker.options(of: run).retryDelays == .fixed(.seconds(7)))
    }

    @Test func `a queue that Redis refuses is left out while the other served ones are held`() async throws {
        _ = try await fixture.send("SET", "asynq:{broken}:pending", "text")
        let alone = DequeuePlan(from: ["broken"], limit: 1)
        await #expect(throws: RedisError.self) { try await broker.dequeue(alone, worker: fixture.worker) }
        let oneOfSeveral = DequeuePlan(from: ["broken"], isOnlyQueue: false, limit: 1)
        #expect(try await broker.dequeue(oneOfSeveral, worker: fixture.worker).tasks.isEmpty)
    }

    @Test(arguments: [false, true])
    func `I8: a task archived as poison comes back unless its lock went with the archiving`(frees: Bool) async throws {
        #expect(try await broker.create([locked("1", frees: frees)]) == [.created])
        let run = try await fixture.taken().run
        #expect(try await broker.markAlone(run) == .written)
        #expect(try await broker.archive(run, error: "poison") == .written)
        #expect(try await broker.restoreFromPoison(run, reason: "poison") == (frees ? .superseded : .written))
        #expect(try await fixture.send("EXISTS", .string(lock)).integer() == (frees ? 0 : 1))
    }

    @Test func `a task that its queue's archive has no room for frees its lock all the same`() async throws {
        let inspector = TaskInspector(client: fixture.redis.client)
        try await inspector.setArchiveLimits(ArchiveLimits(count: 1, age: .seconds(86_400)), of: "default")
        for id in ["z", "a"] {
            #expect(try await broker.create([locked(id, frees: true)]) == [.created])
            #expect(try await broker.archive(fixture.taken().run, error: "x") == .written)
            #expect(try await fixture.send("EXISTS", .string(lock)).integer() == 0)
        }
        #expect(try await fixture.strings("ZRANGE", "asynq:{default}:archived", 0, -1).count == 1)
    }

    @Test(arguments: ["run", "archive"])
    func `W10: a change of many tasks that meets a key of another type loses none`(operation: String) async throws {
        let inspector = TaskInspector(client: fixture.redis.client)
        for id in ["1", "2"] {
            let later = TaskPlacement.scheduled(at: fixture.clock.now + 600)
            #expect(try await broker.create(fixture.message(id), placement: later, uniqueFor: nil) == .created)
        }
        let target = operation == "run" ? "asynq:{default}:pending" : "asynq:{default}:archived"
        _ = try await fixture.send("SET", .string(target), "text")
        let before = try await fixture.redis.client.storedKeys()
        await #expect(throws: RedisError.self) {
            if operation == "run" {
                _ = try await inspector.runAllTasks(in: "default", state: .scheduled)
            } else {
                _ = try await inspector.archiveAllTasks(in: "default", state: .scheduled)
            }
        }
        await #expect(throws: RedisError.self) {
            if operation == "run" {
                try await inspector.runTask("1", in: "default")
            } else {
                try await inspector.archiveTask("1", in: "default")
            }
        }
        #expect(try await fixture.redis.client.storedKeys() == before)
    }

    @Test func `a task of a group with an expiry is refused, and a workflow of for ever is one of a century`() throws {
        let options = EnqueueOptions(group: "g", expiresIn: .seconds(5))
        #expect(throws: EnqueueError.self) { try ComposedTask(QueueTask(type: "t"), options, now: Date()) }
        let endless = try Workflow(retention: .seconds(Int64.max))
        #expect(endless.retention == Workflow.longestRetention)
    }

    @Test func `of a name that nobody looks at nothing is remembered`() {
        var believed = BelievedFull()
        believed.isFull("elsewhere")
        #expect(believed.count == 0)
    }
}
