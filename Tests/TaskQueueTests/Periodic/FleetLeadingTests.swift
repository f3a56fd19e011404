import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// One fleet, each tick once: leaders that change, die and stand still.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct FleetLeadingTests {
    let fleet: FleetFixture
    let first: FleetPeer
    let second: FleetPeer

    init() throws {
        fleet = try FleetFixture()
        (first, second) = (fleet.peer(1), fleet.peer(2))
    }

    private func register(_ policy: MisfirePolicy = .skip) throws -> String {
        let ids = Set(try [first, second].map { try $0.registerHalfMinutes(policy) })
        return try #require(ids.count == 1 ? ids.first : nil)
    }

    @Test func `item 68, U1: two schedulers that enqueue once per tick do so, and @every is due at the same moments`()
        async throws
    {
        for peer in [first, second] { try peer.scheduler.register("@every 20s", QueueTask(type: "t:every")) }
        let id = try register()
        try await fleet.withRunning([first, second]) {
            for seconds in stride(from: 10.0, through: 110, by: 10) {
                for peer in [second, first] { peer.clock.advance(to: seconds) }
                let expected = Int(seconds + 30) / 60 + Int(seconds) / 20
                try await until { try await fleet.base.pending() >= expected }
            }
            #expect(first.scheduler.isLeading && !second.scheduler.isLeading)
            try await until { try await fleet.claims(id).open == 0 }
        }
        #expect(try await fleet.enqueuedTicks("default:\(id)") == [30, 90])
        #expect(try await fleet.base.pending() == 7)
        #expect(try await fleet.base.history(id).count == 2)
    }

    @Test(arguments: [FlakyBroker.Call.claim, .createTick, .settle])
    func `U1: a leader killed before the claim, after it or after the creation: the next one enqueues the tick, once`(
        step: FlakyBroker.Call
    ) async throws {
        let id = try register()
        try await fleet.withRunning([first, second]) {
            try await first.advance(to: 30, stoppingAt: step, .kill)
            try await fleet.endTerm()
            await second.beat(at: 60)
            #expect(second.scheduler.isLeading)
            if step == .settle {
                let made = try await second.results.next()
                #expect(throws: EnqueueError.taskIDConflict) { try made.get() }
            } else {
                _ = try await second.results.next().get()
            }
            try await until { try await fleet.claims(id) == (last: 30, open: 0) }
            #expect(try await fleet.base.pending() == 1)
            second.clock.advance(to: 90)
            _ = try await second.results.next().get()
        }
        #expect(try await fleet.enqueuedTicks("default:\(id)") == [30, 90])
        #expect(try await fleet.base.pending() == 2)
    }

    @Test func `U1: a leader killed after the creation, and its task is done and gone: the tick is not enqueued again`()
        async throws
    {
        let id = try register()
        try await fleet.withRunning([first, second]) {
            try await first.advance(to: 30, stoppingAt: .settle, .kill)
            _ = try await fleet.finishOldest()
            try await fleet.endTerm()
            await second.beat(at: 60)
            let made = try await second.results.next()
            #expect(throws: EnqueueError.taskIDConflict) { try made.get() }
            try await until { try await fleet.claims(id).open == 0 }
        }
        #expect(try await fleet.base.pending() == 0)
    }

    @Test func `U1: a leader killed before it renews its term loses no tick`() async throws {
        let id = try register()
        try await fleet.withRunning([first, second]) {
            first.clock.advance(to: 30)
            _ = try await first.results.next().get()
            try await first.advance(to: 60, stoppingAt: .stand, .kill)
            try await fleet.endTerm()
            await second.beat(at: 120)
            _ = try await second.results.next().get()
            try await until { try await fleet.claims(id) == (last: 90, open: 0) }
        }
        #expect(try await fleet.enqueuedTicks("default:\(id)") == [30, 90])
        #expect(try await fleet.base.pending() == 2)
    }

    @Test(arguments: [FlakyBroker.Call.claim, .createTick, .settle])
    func `U1: a leader that stood still past its term at any step and goes on enqueues nothing`(
        step: FlakyBroker.Call
    ) async throws {
        let id = try register()
        try await fleet.withRunning([first, second]) {
            try await first.advance(to: 30, stoppingAt: step, .suspend)
            try await fleet.endTerm()
            await second.beat(at: 60)
            _ = try await second.results.next()
            #expect(first.scheduler.isLeading)
            first.stop.resume()
            if step == .createTick {
                let late = try await first.results.next()
                let error = #expect(throws: PeriodicTaskError.self) { try late.get() }
                #expect(error?.code == .leadLost)
            }
            await first.beat(at: 60)
            #expect(!first.scheduler.isLeading && second.scheduler.isLeading)
            for peer in [first, second] { peer.clock.advance(to: 90) }
            _ = try await second.results.next().get()
        }
        #expect(try await fleet.enqueuedTicks("default:\(id)") == [30, 90])
        #expect(try await fleet.base.pending() == 2)
    }

    @Test func `U1: a leader that stood still before its claim claims nothing, though the next one's clock is behind`()
        async throws
    {
        let behind = fleet.peer(3) { $0.leaderTerm = .seconds(30) }
        let id = try first.registerHalfMinutes()
        try behind.registerHalfMinutes()
        try await fleet.withRunning([first, behind]) {
            try await first.advance(to: 30, stoppingAt: .claim, .suspend)
            try await fleet.endTerm()
            await behind.beat(at: 10)
            #expect(behind.scheduler.isLeading)
            first.stop.resume()
            try await until { !first.scheduler.isLeading }
            #expect(try await fleet.claims(id) == (last: 0, open: 0))
            behind.clock.advance(to: 30)
            _ = try await behind.results.next().get()
        }
        #expect(try await fleet.base.pending() == 1)
    }

    @Test func `U1: a tick that the next leader skips is not enqueued by the one that goes on`() async throws {
        let id = try register()
        try await fleet.withRunning([first, second]) {
            try await first.advance(to: 30, stoppingAt: .createTick, .suspend)
            try await fleet.endTerm()
            await second.beat(at: 300)
            _ = try await second.results.next().get()
            try await until { try await fleet.claims(id) == (last: 270, open: 0) }
            first.stop.resume()
            let late = try await first.results.next()
            #expect(throws: PeriodicTaskError.self) { try late.get() }
        }
        #expect(try await fleet.enqueuedTicks("default:\(id)") == [270])
        #expect(try await fleet.base.pending() == 1)
    }

    @Test func `U1: schedulers whose clocks differ by 40 s enqueue each tick once while leaders change`() async throws {
        let peers = [1, 2].map { number in fleet.peer(number) { $0.leaderTerm = .seconds(30) } }
        let (ahead, behind) = (peers[0], peers[1])
        ahead.clock.advance(to: 40)
        var ids: Set<String> = []
        for peer in peers { ids.insert(try peer.scheduler.register("35 * * * * *", QueueTask(type: "t:tick"))) }
        let id = try #require(ids.first)
        try await fleet.withRunning(peers) {
            for seconds in stride(from: 10.0, through: 400, by: 10) {
                if Int(seconds) % 50 == 0 { try await fleet.endTerm() }
                let order = Int(seconds) % 100 < 50 ? [ahead, behind] : [behind, ahead]
                for peer in order { await peer.beat(at: seconds + (peer.scheduler.id == ahead.scheduler.id ? 40 : 0)) }
                // Whoever leads has passed what the slower clock shows.
                let passed = Int(seconds + 25) / 60 * 60 - 25
                try await until { try await fleet.claims(id).last >= passed }
            }
            try await until { try await fleet.claims(id).open == 0 }
        }
        let ticks = try await fleet.enqueuedTicks("default:\(id)")
        #expect(ticks == Array(stride(from: 95, through: 395, by: 60)))
        #expect(try await fleet.base.pending() == ticks.count)
    }

    @Test func `U1: of many that stand at once one leads, and terms only grow`() async throws {
        let broker = fleet.base.broker
        var terms: [Int64] = []
        for round in 0..<5 {
            let outcomes = try await withThrowingTaskGroup { group in
                for number in 0..<16 {
                    group.addTask {
                        try await broker.standForElection(
                            schedulerID: "s\(number)", fleet: "f", life: .seconds(60), above: 0)
                    }
                }
                return try await group.reduce(into: [ElectionOutcome]()) { $0.append($1) }
            }
            let leaders = outcomes.compactMap { outcome -> Leadership? in
                if case .leads(let leadership, _) = outcome { leadership } else { nil }
            }
            try #require(leaders.count == 1)
            terms.append(leaders[0].term)
            let again = try await broker.standForElection(
                schedulerID: leaders[0].schedulerID, fleet: "f", life: .seconds(60), above: 0)
            #expect(again == .leads(leaders[0], predecessor: nil))
            if round % 2 == 0 { try await broker.resign(leaders[0]) } else { try await fleet.endTerm(ofFleet: "f") }
        }
        #expect(terms == [1, 2, 3, 4, 5])
    }

    @Test func `a term ends by the store's clock unless it is renewed`() async throws {
        let broker = fleet.base.broker
        let life = Duration.seconds(600)
        _ = try await broker.standForElection(schedulerID: "a", fleet: "default", life: life, above: 0)
        let key = RedisArgument.string("schedcu:scheduler:leader")
        #expect((1...600_000).contains(try await fleet.base.redis.client.send("PTTL", key).integer()))
        try await fleet.base.redis.client.send("PEXPIRE", key, 1)
        try await until {
            try await broker.standForElection(schedulerID: "b", fleet: "default", life: life, above: 0) != .follows
        }
        let follower = try await broker.standForElection(schedulerID: "a", fleet: "default", life: life, above: 0)
        #expect(follower == .follows)
    }

    @Test func `a store that has lost the terms holds no queue up`() async throws {
        let id = try first.registerHalfMinutes()
        let key = RedisKeys(queue: "default").schedulerTerm(ofFleet: "default")
        try await fleet.base.redis.client.send("SET", .string(key), "57")
        try await fleet.withRunning([first]) {
            try await until { !first.scheduler.isLeading }
            await first.beat(at: 60)
            _ = try await first.results.next().get()
            #expect(try await fleet.base.redis.client.send("GET", .string(key)).string() == "58")
        }
        #expect(try await fleet.enqueuedTicks("default:\(id)") == [30])
    }

    @Test(arguments: [FlakyBroker.Call.fence, .adopt, .claim, .createTick, .settle])
    func `a call that the store does not answer is made again at the next beat`(call: FlakyBroker.Call) async throws {
        let id = try first.registerHalfMinutes()
        first.stop.arm(call, .failOnce)
        try await fleet.withRunning([first]) {
            if call == .fence || call == .adopt { try await first.stop.stopped.next() }
            first.clock.advance(to: 30)
            if call == .claim || call == .createTick || call == .settle { try await first.stop.stopped.next() }
            if call == .createTick { _ = try await first.results.next() }
            await first.beat(at: 60)
            try await until { try await fleet.enqueuedTicks("default:\(id)") == [30] }
        }
        #expect(try await fleet.base.pending() == 1)
    }
}
