import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct PeriodicTaskSchedulerTests {
    let fixture: SchedulerFixture
    var clock: TurnedClock { fixture.clock }

    init() throws { fixture = try SchedulerFixture() }

    @Test func `item 66: every second runs once a second, and missed runs are not made up for`() async throws {
        let scheduler = fixture.scheduler()
        try scheduler.register("@every 1s", QueueTask(type: "t:tick"))
        try await fixture.withRunning(scheduler) {
            for second in 1...5 {
                await clock.tick(at: Double(second))
                _ = try await fixture.results.next().get()
            }
            #expect(try await fixture.pending() == 5)
            await clock.somebodySleeps(until: 6)
            clock.advance(to: 20.5)
            _ = try await fixture.results.next().get()
            await clock.somebodySleeps(until: 21)
            #expect(try await fixture.pending() == 6)
        }
    }

    @Test func `a task is enqueued as it was registered, and its entry tells the run's moment`() async throws {
        let scheduler = fixture.scheduler()
        let task = QueueTask(type: "t:report", payload: [1, 2], headers: ["a": "b"])
        let id = try scheduler.register("*/5 * * * *", task, EnqueueOptions(queue: "reports", maxRetry: 3))
        try await fixture.withRunning(scheduler) {
            await clock.somebodySleeps(until: 300)
            clock.advance(to: 300.25)
            let info = try await fixture.results.next().get()
            #expect(info.queue == "reports" && info.type == "t:report" && info.payload == [1, 2] && info.maxRetry == 3)
            #expect(info.headers == ["a": "b"])
            #expect(try await fixture.history(id) == [info.id])
            let entry = try #require(scheduler.entries.first)
            #expect(entry.previousEnqueueAt == TurnedClock.start + 300)
            #expect(entry.nextEnqueueAt == TurnedClock.start + 600)
        }
    }

    @Test func `item 52: entries are announced at the start, for two heartbeats, and taken back at the end`()
        async throws
    {
        let scheduler = fixture.scheduler { $0.heartbeatInterval = .seconds(10) }
        let id = try scheduler.register(
            "30 12 * * *", QueueTask(type: "t:noon", payload: [7], headers: ["k": "v"]),
            EnqueueOptions(queue: "q", timeout: .seconds(90)))
        let key = "asynq:schedulers:{host-1:4242:11111111-2222-4333-8444-555555555555}"
        try await fixture.withRunning(scheduler) {
            let entries = try await fixture.firstAnnouncement(by: scheduler)
            #expect(
                entries == [
                    SchedulerEntry(
                        id: id, spec: "30 12 * * *", taskType: "t:noon", taskPayload: [7],
                        enqueueOptions: [#"Queue("q")"#, "Timeout(1m30s)", #"Header(["k","v"])"#],
                        nextEnqueueAt: TurnedClock.start + 45_000, previousEnqueueAt: nil)
                ])
            let score = try await fixture.redis.client.send("ZSCORE", "asynq:schedulers", .string(key)).string()
            #expect(score == "1893456020")
            let life = try await fixture.redis.client.send("TTL", .string(key)).integer()
            #expect((1...20).contains(life))
        }
        #expect(try await fixture.redis.client.storedKeys().isEmpty)
    }

    @Test func `the announcement is renewed after each heartbeat, with what has changed`() async throws {
        let scheduler = fixture.scheduler { $0.heartbeatInterval = .seconds(10) }
        try scheduler.register("@yearly", QueueTask(type: "t:first"))
        try await fixture.withRunning(scheduler) {
            _ = try await fixture.firstAnnouncement(by: scheduler)
            try scheduler.register("@monthly", QueueTask(type: "t:second"))
            await clock.tick(at: 10)
            await clock.somebodySleeps(until: 20)
            // The one that is due first was pushed first, so it is the list's last.
            #expect(try await fixture.announced(by: scheduler).map(\.taskType) == ["t:first", "t:second"])
        }
    }

    @Test func `an entry that never runs is refused with the reason, and the others stay`() throws {
        let scheduler = fixture.scheduler()
        try scheduler.register("@daily", QueueTask(type: "t:daily"))
        for spec in ["0 0 30 2 *", "CRON_TZ=Europe/Berlin 0 0 31 2,4,6,9,11 *"] {
            let error = #expect(throws: CronError.self) { try scheduler.register(spec, QueueTask(type: "t:never")) }
            #expect(error?.code == .neverRuns && error?.place == "spec")
            #expect(error?.description.contains("has no run within five years") == true)
        }
        #expect(scheduler.entries.map(\.taskType) == ["t:daily"])
    }

    @Test func `an entry without a next run is announced with Go's zero time`() throws {
        var table = PeriodicTaskTable()
        let schedule = try CronSchedule("0 0 30 2 *")
        _ = try table.insert(
            schedule, QueueTask(type: "t:never"), EnqueueOptions(), id: .derived, now: TurnedClock.start)
        table.start(at: TurnedClock.start)
        #expect(table.snapshot.first?.nextEnqueueAt == Date(timeIntervalSince1970: -62_135_596_800))
    }

    @Test func `hooks see each run: the task before, and a duplicate as the error that it is`() async throws {
        let begun = Mailbox<String>()
        let scheduler = fixture.scheduler { configuration in
            configuration.preEnqueue = { task, options in begun.send("\(task.type) on \(options.queue)") }
        }
        let id = try scheduler.register(
            "@every 1m", QueueTask(type: "t:once"), EnqueueOptions(queue: "q", unique: .seconds(3600)))
        try await fixture.withRunning(scheduler) {
            await clock.tick(at: 60)
            let first = try await fixture.results.next().get()
            #expect(try await begun.next() == "t:once on q")
            await clock.tick(at: 120)
            #expect(try await begun.next() == "t:once on q")
            let second = try await fixture.results.next()
            let error = #expect(throws: EnqueueError.self) { try second.get() }
            #expect(error?.code == .duplicateTask)
            #expect(try await fixture.history(id) == [first.id])
        }
    }

    @Test func `a run that takes long holds up no other, and a shutdown waits for it`() async throws {
        let (gate, arrivals) = (Gate(), Mailbox<Int>())
        let count = LockedValue(0)
        let scheduler = fixture.scheduler { configuration in
            configuration.preEnqueue = { _, _ in
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                arrivals.send(number)
                if number == 1 { await gate.waitStubbornly() }
            }
        }
        try scheduler.register("@every 1m", QueueTask(type: "t:slow"))
        let running = Task { try await scheduler.run() }
        await clock.tick(at: 60)
        #expect(try await arrivals.next() == 1)
        await clock.tick(at: 120)
        #expect(try await arrivals.next() == 2)
        _ = try await fixture.results.next().get()
        let ended = Task { await scheduler.shutdown() }
        #expect(try await fixture.pending() == 1)
        gate.open()
        await ended.value
        try await running.value
        #expect(try await fixture.pending() == 2)
    }

    @Test func `entries come and go while it runs`() async throws {
        let scheduler = fixture.scheduler()
        try await fixture.withRunning(scheduler) {
            let gone = try scheduler.register("@every 10s", QueueTask(type: "t:gone"))
            await clock.somebodySleeps(until: 10)
            try scheduler.register("@every 20s", QueueTask(type: "t:stays"))
            try scheduler.unregister(gone)
            await clock.tick(at: 20)
            #expect(try await fixture.results.next().get().type == "t:stays")
            let error = #expect(throws: PeriodicTaskError.self) { try scheduler.unregister(gone) }
            #expect(error?.code == .entryNotFound)
            #expect(try await fixture.pending() == 1)
        }
    }

    @Test func `what could never be enqueued is refused at once`() throws {
        let scheduler = fixture.scheduler()
        #expect(throws: CronError.self) { try scheduler.register("@never", QueueTask(type: "t")) }
        #expect(throws: EnqueueError.self) { try scheduler.register("@daily", QueueTask(type: " ")) }
        #expect(throws: EnqueueError.self) {
            try scheduler.register("@daily", QueueTask(type: "t"), EnqueueOptions(queue: ""))
        }
        #expect(scheduler.entries.isEmpty)
    }

    @Test func `the default zone is the configuration's`() async throws {
        let scheduler = fixture.scheduler { $0.defaultZone = TimeZone(identifier: "Asia/Tokyo") ?? .gmt }
        try scheduler.register("0 12 * * *", QueueTask(type: "t:noon"))
        try await fixture.withRunning(scheduler) { await clock.somebodySleeps(until: 3 * 3600) }
    }

    @Test func `it runs once, ends when its caller is cancelled, and cannot run again`() async throws {
        let scheduler = fixture.scheduler()
        try scheduler.register("@every 1h", QueueTask(type: "t"))
        await scheduler.shutdown()
        let running = Task { try await scheduler.run() }
        await clock.somebodySleeps(until: 3600)
        let second = await #expect(throws: PeriodicTaskError.self) { try await scheduler.run() }
        #expect(second?.code == .alreadyRunning)
        running.cancel()
        try await running.value
        await scheduler.shutdown()
        let third = await #expect(throws: PeriodicTaskError.self) { try await scheduler.run() }
        #expect(third?.code == .closed)
        #expect(try await fixture.redis.client.storedKeys().isEmpty)
    }
}
