import Foundation
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What a scheduler of a fleet refuses.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct FleetSettingsTests {
    let fixture: SchedulerFixture

    init() throws { fixture = try SchedulerFixture() }

    @Test func `a setting out of its range is refused when it would run`() async throws {
        let changes: [@Sendable (inout PeriodicSchedulerConfiguration) -> Void] = [
            { $0.heartbeatInterval = .zero }, { $0.leaderTerm = .milliseconds(999) },
            { $0.leaderTerm = .seconds(3601) },
            { $0.misfireTolerance = .seconds(-1) }, { $0.misfireTolerance = .seconds(3601) }, { $0.fleet = " " },
            { $0.fleet = "a}b" },
        ]
        for change in changes {
            let error = await #expect(throws: PeriodicTaskError.self) { try await fixture.scheduler(change).run() }
            #expect(error?.code == .invalidConfiguration)
        }
    }

    @Test func `what does not go together is refused at once`() throws {
        let (alone, member) = (fixture.scheduler(), fixture.scheduler { $0.enqueuesOncePerTick = true })
        let task = QueueTask(type: "t")
        let refusals: [(PeriodicTaskError.Code, () throws -> Void)] = [
            (.optionsExclude, { try alone.register("@daily", task, misfirePolicy: .runOnce) }),
            (
                .optionsExclude,
                {
                    try member.register("@daily", task, EnqueueOptions(taskID: "x"), hasTaskIDPerTick: true)
                }
            ),
            (.invalidEntryID, { try alone.register("@daily", task, id: .fresh, hasTaskIDPerTick: true) }),
            (.invalidEntryID, { try member.register("@daily", task, id: .fresh) }),
        ]
        for (code, register) in refusals {
            let error = #expect(throws: PeriodicTaskError.self) { try register() }
            #expect(error?.code == code)
        }
        #expect(alone.entries.isEmpty && member.entries.isEmpty)
    }

    @Test func `a provider's configuration carries id, policy and task id per tick`() async throws {
        let scheduler = fixture.scheduler { $0.enqueuesOncePerTick = true }
        let provider = Provider()
        provider.answer = .success([
            PeriodicTaskConfiguration(
                "* * * * *", QueueTask(type: "t"), id: .fixed("mine"), misfirePolicy: .runOnce, hasTaskIDPerTick: true)
        ])
        let manager = PeriodicTaskManager(scheduler: scheduler, provider: provider)
        let running = Task { try await manager.run() }
        await fixture.clock.somebodySleeps(until: 180)
        fixture.clock.advance(to: 60)
        #expect(try await fixture.results.next().get().id == "mine:1893456060")
        await manager.shutdown()
        try await running.value
    }

    @Test func `the keys of a fleet share a slot, whatever the names of fleet and entry`() {
        for (fleet, entry) in [("default", "e"), ("other", "a{b}c"), ("x:y", "}{")] {
            let slots = [
                RedisKeys.leader(ofFleet: fleet), RedisKeys.terms(ofFleet: fleet),
                RedisKeys.ticks(ofEntry: entry, fleet: fleet),
            ].map { ClusterSlot.slot(of: $0) }
            #expect(Set(slots).count == 1)
            let keys = RedisKeys(queue: "q")
            let ofQueue = [keys.pending, keys.schedulerTerm(ofFleet: fleet), keys.enqueuedTicks(scope: entry)]
            #expect(Set(ofQueue.map { ClusterSlot.slot(of: $0) }).count == 1)
        }
        #expect(RedisKeys.leader(ofFleet: "default") == "schedcu:scheduler:leader")
    }
}
