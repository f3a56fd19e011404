import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Several schedulers at once, and one after another.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct PeriodicFleetTests {
    let fixture: SchedulerFixture
    var clock: TurnedClock { fixture.clock }

    init() throws { fixture = try SchedulerFixture() }

    @Test func `item 68: two schedulers enqueue twice, as Go's do`() async throws {
        // A clock each: of one that both share, nobody knows whether both have begun before it is turned.
        let clocks = [TurnedClock(), TurnedClock()]
        let schedulers = clocks.enumerated().map { fixture.scheduler(number: $0.offset + 1, clock: $0.element) }
        for scheduler in schedulers { try scheduler.register("* * * * *", QueueTask(type: "t:tick")) }
        try await fixture.withRunning(schedulers) {
            for clock in clocks {
                await clock.somebodySleeps(until: 60)
                clock.advance(to: 60)
            }
            for result in try await fixture.results.next(2) { _ = try result.get() }
            #expect(try await fixture.pending() == 2)
        }
    }

    @Test func `schedulers that enqueue once per tick refuse an entry with a fresh id`() throws {
        let scheduler = fixture.scheduler { $0.enqueuesOncePerTick = true }
        let error = #expect(throws: PeriodicTaskError.self) {
            try scheduler.register("@daily", QueueTask(type: "t"), id: .fresh)
        }
        #expect(error?.code == .invalidEntryID)
    }

    @Test func `W23: an entry keeps its id and its history over a restart`() async throws {
        var ids: Set<String> = []
        for round in 0..<2 {
            let scheduler = fixture.scheduler()
            ids.insert(try scheduler.register("@every 1m", QueueTask(type: "t:tick", payload: [1])))
            try await fixture.withRunning(scheduler) { try await tick(at: 60 * Double(round + 1), results: 1) }
        }
        let id = try #require(ids.first)
        #expect(ids.count == 1)
        #expect(id.count == 36 && UUID(uuidString: id) != nil)
        #expect(try await fixture.history(id).count == 2)
    }

    @Test func `W23: the history of a fresh id goes at the shutdown, every other expires`() async throws {
        let scheduler = fixture.scheduler()
        let fresh = try scheduler.register("@every 1m", QueueTask(type: "t:a"), id: .fresh)
        let fixed = try scheduler.register("@every 1m", QueueTask(type: "t:b"), id: .fixed("nightly"))
        try await fixture.withRunning(scheduler) {
            try await tick(at: 60, results: 2)
            #expect(try await fixture.history(fresh).count == 1)
        }
        #expect(fixed == "nightly")
        #expect(try await fixture.history(fresh).isEmpty)
        #expect(try await fixture.history(fixed).count == 1)
        let life = try await fixture.redis.client.send("TTL", "asynq:scheduler_history:nightly").integer()
        #expect((89 * 86_400...90 * 86_400).contains(life))
    }

    @Test func `W23: whatever differs gives another id, and so do equal entries`() throws {
        let task = QueueTask(type: "t", payload: [1])
        let register = { (spec: String, task: QueueTask, options: EnqueueOptions) in
            try fixture.scheduler().register(spec, task, options)
        }
        let options = EnqueueOptions()
        let ids = [
            try register("@daily", task, options), try register("@hourly", task, options),
            try register("@daily", QueueTask(type: "u", payload: [1]), options),
            try register("@daily", QueueTask(type: "t", payload: [2]), options),
            try register("@daily", QueueTask(type: "t"), options),
            try register("@daily", QueueTask(type: "t", payload: [1], headers: ["a": "b"]), options),
            try register("@daily", task, EnqueueOptions(maxRetry: 1)),
            try register("@daily", task, EnqueueOptions(taskID: "x")),
        ]
        #expect(Set(ids).count == ids.count)
        let pair = fixture.scheduler()
        let first = try pair.register("@daily", task)
        let second = try pair.register("@daily", task)
        #expect(first == ids[0] && second != first)
        // The one that is gone is the one that is missing, so that its id comes back.
        try pair.unregister(first)
        #expect(try pair.register("@daily", task) == first)
    }

    @Test func `an id that is given is neither blank nor taken`() throws {
        let scheduler = fixture.scheduler()
        try scheduler.register("@daily", QueueTask(type: "t"), id: .fixed("x"))
        let taken = #expect(throws: PeriodicTaskError.self) {
            try scheduler.register("@daily", QueueTask(type: "t"), id: .fixed("x"))
        }
        let blank = #expect(throws: PeriodicTaskError.self) {
            try scheduler.register("@daily", QueueTask(type: "t"), id: .fixed(" "))
        }
        #expect(taken?.code == .entryIDTaken && blank?.code == .invalidEntryID)
    }

    @Test func `item 53: a history holds the last 1000 events and is read newest first, as Go's tool does`()
        async throws
    {
        for number in 0..<1005 {
            try await fixture.broker.recordEnqueue(
                SchedulerEnqueueEvent(taskID: "task-\(number)", enqueuedAt: TurnedClock.start + Double(number)),
                ofEntry: "e")
        }
        let ids = try await fixture.history("e")
        #expect(ids.count == 1000 && ids.first == "task-5" && ids.last == "task-1004")
        let inspector = TaskInspector(client: fixture.redis.client)
        var pages: [[SchedulerEnqueueEvent]] = []
        for number in 1...34 { pages.append(try await inspector.schedulerEnqueueEvents(entry: "e", page: number)) }
        #expect(pages.joined().map(\.taskID) == (5...1004).reversed().map { "task-\($0)" })
        // What `asynq cron history` asks for: its page of the set from the end.
        let page = try await fixture.redis.client.send("ZREVRANGE", "asynq:scheduler_history:e", 30, 59).array()
        let events = try page.map { try SchedulerEnqueueEvent(decoding: $0.bytes()) }
        #expect(events.map(\.taskID) == pages[1].map(\.taskID))
    }

    @Test func `items 52 to 54: a scheduler's keys are Go's but for the history's expiry (W23)`() async throws {
        let vector = try GoldenVectors.named("scheduler")
        let list = try #require(vector.keys.first { $0.type == "list" })
        let history = try #require(vector.keys.first { $0.key.hasPrefix("asynq:scheduler_history:") })
        // Go pushes in order, so the last entry is the list's first.
        let entries = try (list.items ?? []).reversed().map { try SchedulerEntry(decoding: $0.bytes) }
        #expect(entries[0].enqueueOptions == EnqueueOptions(queue: "critical", maxRetry: 3).notation())
        #expect(entries[0].previousEnqueueAt == nil)
        let event = try SchedulerEnqueueEvent(decoding: try #require(history.members?.first?.bytes))
        let broker = fixture.redis.broker { vector.date }
        let scheduler = "host-1:4242:11111111-2222-4333-8444-555555555555"
        try await broker.writeSchedulerEntries([entries[0]], schedulerID: scheduler, life: .seconds(20))
        try await broker.writeSchedulerEntries(entries, schedulerID: scheduler, life: .seconds(20))
        try await broker.recordEnqueue(event, ofEntry: "aaaaaaaa-0000-4000-8000-000000000002")
        var stored = try await fixture.redis.client.storedKeys()
        #expect(stored[history.key]?.expiresAt != nil)
        stored[history.key]?.expiresAt = nil
        let differences = try vector.differences(from: stored) { expected in
            // Our moments are exact to the microsecond; the bytes of both messages are in WireTests.
            expected[list.key] = .list((list.items ?? []).map { Self.rounded($0.bytes, SchedulerEntry.self) })
            expected[history.key] = .sortedSet([
                Self.rounded(history.members?.first?.bytes ?? [], SchedulerEnqueueEvent.self): 1_893_456_000
            ])
        }
        #expect(differences == [])
        try await broker.clearSchedulerEntries(schedulerID: scheduler)
        try await broker.clearHistory(ofEntry: "aaaaaaaa-0000-4000-8000-000000000002")
        #expect(try await fixture.redis.client.storedKeys().isEmpty)
    }

    private static func rounded(_ bytes: [UInt8], _ kind: SchedulerEntry.Type) -> [UInt8] {
        (try? SchedulerEntry(decoding: bytes).encoded()) ?? []
    }

    private static func rounded(_ bytes: [UInt8], _ kind: SchedulerEnqueueEvent.Type) -> [UInt8] {
        (try? SchedulerEnqueueEvent(decoding: bytes).encoded()) ?? []
    }

    /// Turns the clock to a moment that a scheduler sleeps for, and waits for what comes of it.
    private func tick(at seconds: Double, results: Int) async throws {
        await clock.tick(at: seconds)
        for result in try await fixture.results.next(results) { _ = try result.get() }
    }
}
