import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Runs that were missed, ids per tick, and what a fleet announces.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct FleetMisfireTests {
    let fleet: FleetFixture

    init() throws { fleet = try FleetFixture() }

    @Test func `U1: after hours without a leader missed runs are skipped, or made up for by one`() async throws {
        let (before, after) = (fleet.peer(1), fleet.peer(2))
        var ids: [[String]] = []
        for peer in [before, after] {
            ids.append(
                try [MisfirePolicy.skip, .runOnce].map { policy in
                    try peer.scheduler.register(
                        "30 0 * * * *", QueueTask(type: "t:\(policy)"), misfirePolicy: policy)
                })
        }
        #expect(ids[0] == ids[1])
        let (skipped, made) = ("default:\(ids[0][0])", "default:\(ids[0][1])")
        try await fleet.withRunning([before]) {
            before.clock.advance(to: 30)
            for result in try await before.results.next(2) { _ = try result.get() }
        }
        after.clock.advance(to: 9000)
        try await fleet.withRunning([after]) {
            #expect(try await after.results.next().get().type == "t:runOnce")
            #expect(try await fleet.enqueuedTicks(made) == [7230])
            after.clock.advance(to: 10_830)
            for result in try await after.results.next(2) { _ = try result.get() }
        }
        #expect(try await fleet.enqueuedTicks(skipped) == [10_830])
        #expect(try await fleet.enqueuedTicks(made) == [7230, 10_830])
        #expect(try await fleet.base.pending() == 5)
    }

    @Test func `a run that is late by no more than the tolerance is made up for, also with the policy to skip`()
        async throws
    {
        let (before, after) = (fleet.peer(1), fleet.peer(2))
        for peer in [before, after] { try peer.registerHalfMinutes() }
        try await fleet.withRunning([before]) {
            before.clock.advance(to: 30)
            _ = try await before.results.next().get()
        }
        after.clock.advance(to: 110)
        try await fleet.withRunning([after]) { _ = try await after.results.next().get() }
        #expect(try await fleet.base.pending() == 2)
    }

    @Test func `an entry that is new, or whose spec is another, makes up for nothing`() async throws {
        let (before, after) = (fleet.peer(1), fleet.peer(2))
        try before.scheduler.register("30 * * * * *", QueueTask(type: "t"), id: .fixed("e"), misfirePolicy: .runOnce)
        try await fleet.withRunning([before]) {
            before.clock.advance(to: 30)
            _ = try await before.results.next().get()
        }
        after.clock.advance(to: 7200)
        try after.scheduler.register("15 * * * * *", QueueTask(type: "t"), id: .fixed("e"), misfirePolicy: .runOnce)
        try after.scheduler.register("15 * * * * *", QueueTask(type: "t"), id: .fixed("f"), misfirePolicy: .runOnce)
        try await fleet.withRunning([after]) {
            try await until { try await fleet.claims("f").last == 7200 }
            after.clock.advance(to: 7215)
            for result in try await after.results.next(2) { _ = try result.get() }
        }
        #expect(try await fleet.enqueuedTicks("default:e") == [30, 7215])
        #expect(try await fleet.enqueuedTicks("default:f") == [7215])
        #expect(try await fleet.base.pending() == 3)
    }

    @Test func `the store remembers a last tick for as long as its policy needs`() async throws {
        let peer = fleet.peer(1)
        let ids = try [MisfirePolicy.skip, .runOnce].map { try peer.registerHalfMinutes($0) }
        try await fleet.withRunning([peer]) {
            peer.clock.advance(to: 30)
            for result in try await peer.results.next(2) { _ = try result.get() }
        }
        for (id, days) in zip(ids, [90, 400] as [Int64]) {
            for key in [
                RedisKeys.ticks(ofEntry: id, fleet: "default"),
                RedisKeys(queue: "default").enqueuedTicks(scope: "default:\(id)"),
            ] {
                let life = try await fleet.base.redis.client.send("TTL", .string(key)).integer()
                #expect(((days - 1) * 86_400...days * 86_400).contains(life), "\(key)")
            }
        }
    }

    @Test func `a claim of a wrong clock, far ahead, counts for nothing`() async throws {
        let peer = fleet.peer(1)
        let id = try peer.registerHalfMinutes()
        let key = RedisArgument.string(RedisKeys.ticks(ofEntry: id, fleet: "default"))
        let wrong = Int64(TurnedClock.start.timeIntervalSince1970) + 86_400
        try await fleet.base.redis.client.send(
            "HSET", key, "last", .integer(wrong), "spec", "30 * * * * *", .string("\(wrong)"), "1 x")
        try await fleet.withRunning([peer]) {
            try await until { try await fleet.claims(id) == (last: 0, open: 0) }
            peer.clock.advance(to: 30)
            _ = try await peer.results.next().get()
            try await until { try await fleet.claims(id) == (last: 30, open: 0) }
        }
        #expect(try await fleet.enqueuedTicks("default:\(id)") == [30])
    }

    @Test func `U1: with a task id per tick two fleets enqueue a tick once, also when its task is gone`() async throws {
        let (one, two) = (fleet.peer(1) { $0.fleet = "one" }, fleet.peer(2) { $0.fleet = "two" })
        for peer in [one, two] {
            try peer.scheduler.register(
                "30 * * * * *", QueueTask(type: "t"), id: .fixed("nightly"), hasTaskIDPerTick: true)
        }
        try await fleet.withRunning([one, two]) {
            #expect(one.scheduler.isLeading && two.scheduler.isLeading)
            one.clock.advance(to: 30)
            #expect(try await one.results.next().get().id == "nightly:1893456030")
            #expect(try await fleet.finishOldest() == "nightly:1893456030")
            two.clock.advance(to: 30)
            let second = try await two.results.next()
            #expect(throws: EnqueueError.taskIDConflict) { try second.get() }
        }
        #expect(try await fleet.base.pending() == 0)
        #expect(try await fleet.enqueuedTicks("nightly") == [30])
    }

    @Test func `without a task id per tick each fleet enqueues its own`() async throws {
        let (one, two) = (fleet.peer(1) { $0.fleet = "one" }, fleet.peer(2) { $0.fleet = "two" })
        for peer in [one, two] { try peer.registerHalfMinutes() }
        try await fleet.withRunning([one, two]) {
            for peer in [one, two] {
                peer.clock.advance(to: 30)
                let id = try await peer.results.next().get().id
                #expect(UUID(uuidString: id) != nil)
            }
        }
        #expect(try await fleet.base.pending() == 2)
    }

    @Test func `U1: schedulers that elect nobody enqueue a tick once too if it makes the task's id`() async throws {
        let fixture = fleet.base
        // A clock each: of one that both share, nobody knows whether both have begun before it is turned.
        let clocks = [TurnedClock(), TurnedClock()]
        let schedulers = clocks.enumerated().map { fixture.scheduler(number: $0.offset + 1, clock: $0.element) }
        for scheduler in schedulers {
            try scheduler.register("* * * * *", QueueTask(type: "t"), id: .fixed("e"), hasTaskIDPerTick: true)
        }
        try await fixture.withRunning(schedulers) {
            for clock in clocks { await clock.tick(at: 60) }
            let results = try await fixture.results.next(2)
            #expect(results.compactMap { try? $0.get().id } == ["e:1893456060"])
        }
        #expect(try await fixture.pending() == 1)
    }

    @Test func `the options' task id, unique lock and delay hold for a tick's task as for any other`() async throws {
        let peer = fleet.peer(1)
        try peer.scheduler.register("30 * * * * *", QueueTask(type: "a"), EnqueueOptions(taskID: "own"))
        try peer.scheduler.register("30 * * * * *", QueueTask(type: "b"), EnqueueOptions(unique: .seconds(600)))
        try peer.scheduler.register("30 * * * * *", QueueTask(type: "c"), EnqueueOptions(processIn: .seconds(60)))
        try await fleet.withRunning([peer]) {
            peer.clock.advance(to: 30)
            for result in try await peer.results.next(3) { _ = try result.get() }
            peer.clock.advance(to: 90)
            let codes = try await peer.results.next(3).map { result -> EnqueueError.Code? in
                if case .failure(let error as EnqueueError) = result { error.code } else { nil }
            }
            #expect(codes.count { $0 == .taskIDConflict } == 1 && codes.count { $0 == .duplicateTask } == 1)
        }
        #expect(try await fleet.base.pending() == 2)
        let scheduled = try await fleet.base.redis.client.send("ZCARD", "asynq:{default}:scheduled").integer()
        #expect(scheduled == 2)
    }

    @Test func `item 52: the leader alone announces, each entry once, and the next leader takes that over at once`()
        async throws
    {
        let peers = [1, 2].map { fleet.peer($0) }
        for peer in peers { try peer.registerHalfMinutes() }
        let inspector = TaskInspector(client: fleet.base.redis.client, now: { TurnedClock.start })
        try await fleet.withRunning(peers) {
            _ = try await fleet.base.firstAnnouncement(by: peers[0].scheduler)
            #expect(try await inspector.schedulerEntries().count == 1)
            try await fleet.endTerm()
            await peers[1].beat(at: 60)
            _ = try await fleet.base.firstAnnouncement(by: peers[1].scheduler)
            #expect(try await fleet.base.announced(by: peers[0].scheduler).isEmpty)
            #expect(try await inspector.schedulerEntries().count == 1)
            await peers[0].beat(at: 60)
            #expect(!peers[0].scheduler.isLeading)
            #expect(try await inspector.schedulerEntries().count == 1)
        }
        #expect(try await inspector.schedulerEntries().isEmpty)
        #expect(try await fleet.base.redis.client.send("EXISTS", "schedcu:scheduler:leader").integer() == 0)
    }

    @Test func `a shutdown hands the lead over at once`() async throws {
        let (first, second) = (fleet.peer(1), fleet.peer(2))
        for peer in [first, second] { try peer.registerHalfMinutes() }
        try await fleet.withRunning([first, second]) {
            await first.scheduler.shutdown()
            await second.beat(at: 60)
            #expect(second.scheduler.isLeading)
            _ = try await second.results.next().get()
        }
    }
}
