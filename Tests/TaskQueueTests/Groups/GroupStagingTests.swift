import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

/// When a group is due, and what is taken out of it.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct GroupStagingTests {
    /// A group and what must come of looking at it.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// How long ago tasks 0, 1, … were added.
        let ages: [Double]
        let limits: GroupAggregation.Limits
        /// Which tasks are taken; `nil` when the group is not due.
        let taken: [Int]?
    }

    static let cases = [
        Case(testDescription: "an empty group", ages: [], limits: .init(maxSize: 1), taken: nil),
        Case(testDescription: "fewer than allowed", ages: [20, 10], limits: .init(maxSize: 3), taken: nil),
        Case(testDescription: "as many as allowed", ages: [20, 10, 0], limits: .init(maxSize: 3), taken: [0, 1, 2]),
        Case(testDescription: "more than allowed", ages: [20, 10, 5, 0], limits: .init(maxSize: 3), taken: [0, 1, 2]),
        Case(
            testDescription: "the oldest has waited as long as allowed", ages: [300, 0],
            limits: .init(maxDelay: .seconds(300), maxSize: 3), taken: [0, 1]),
        Case(
            testDescription: "the oldest has waited a second less", ages: [299, 0],
            limits: .init(maxDelay: .seconds(300), maxSize: 3), taken: nil),
        Case(testDescription: "quiet for the grace period", ages: [90, 60], limits: .init(), taken: [0, 1]),
        Case(testDescription: "quiet for a second less", ages: [90, 59], limits: .init(), taken: nil),
        Case(
            testDescription: "quiet, and more than allowed", ages: [90, 80, 70],
            limits: .init(gracePeriod: .seconds(60), maxSize: 2), taken: [0, 1]),
        Case(
            testDescription: "no limit of size or delay", ages: [9000, 8000, 7000, 59], limits: .init(), taken: nil),
        Case(
            testDescription: "a grace period of 1.5 s is 2 s", ages: [1], limits: .init(gracePeriod: .seconds(1.5)),
            taken: nil),
    ]

    let fixture: BrokerFixture
    var broker: RedisBroker { fixture.broker }

    init() throws { fixture = try BrokerFixture() }

    @Test(arguments: cases)
    func `item 47: a group is due by size, then delay, then grace, and its oldest are taken`(example: Case) async throws
    {
        let tasks = example.ages.enumerated().map { (id: "\($0.offset)", secondsAgo: $0.element) }
        try await fixture.addGroup(tasks)
        let before = try await fixture.redis.client.storedKeys()
        let set = try await broker.stageGroup("g", in: "default", limits: example.limits)
        guard let taken = example.taken else {
            #expect(set == nil)
            #expect(try await fixture.redis.client.storedKeys() == before)
            return
        }
        let found = try #require(set)
        let setKey = "asynq:{default}:g:g:\(found.id)"
        let ages = Dictionary(uniqueKeysWithValues: tasks.map { ($0.id, Int($0.secondsAgo)) })
        #expect(try await fixture.scores(setKey) == ages.filter { taken.contains(Int($0.key) ?? -1) })
        #expect(try await fixture.scores("asynq:{default}:g:g") == ages.filter { !taken.contains(Int($0.key) ?? -1) })
        #expect(try await fixture.scores("asynq:{default}:aggregation_sets") == [setKey: -120])
        #expect(found.deadline == Date(timeIntervalSince1970: 1_893_456_120))
        #expect(try await broker.groups(in: "default") == (taken.count == tasks.count ? [] : ["g"]))
        #expect(try await broker.members(of: found).map(\.id) == taken.map { "\($0)" })
        try await fixture.expectOneContainerEach()
    }

    @Test func `item 47, W5: 10,000 tasks are staged, read, put back, staged in part and joined`() async throws {
        let ids = (0..<10_000).map { String($0 + 10_000) }
        let outcomes = try await broker.create(batch: ids.map { (fixture.message($0, group: "g"), .group("g"), nil) })
        #expect(outcomes.allSatisfy { $0 == .created })
        let all = try await fixture.staged()
        #expect(try await broker.members(of: all).map(\.id) == ids)
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:g:g") == 0)
        try await broker.giveBack(all)
        #expect(try await fixture.integer("ZCARD", "asynq:{default}:g:g") == 10_000)
        let part = try #require(await broker.stageGroup("g", in: "default", limits: .init(maxSize: 9_001)))
        #expect(try await fixture.integer("ZCARD", "asynq:{default}:g:g") == 999)
        let members = try await broker.members(of: part)
        #expect(members.map(\.id) == Array(ids.prefix(9_001)))
        #expect(try await fixture.finish(part, members) == .joined)
        #expect(try await fixture.strings("KEYS", "asynq:{default}:t:*").count == 1_000)
        try await fixture.expectOneContainerEach()
    }

    @Test func `W4: an undecodable member is set aside, members that are gone or elsewhere are dropped`() async throws {
        try await fixture.addGroup([("gone", 5), ("bad", 4), ("1", 3), ("run", 2), ("2", 1)])
        _ = try await fixture.send("DEL", "asynq:{default}:t:gone")
        _ = try await fixture.send("HSET", "asynq:{default}:t:bad", "msg", .bytes([0xFF]))
        _ = try await fixture.send("HSET", "asynq:{default}:t:run", "state", "pending")
        _ = try await fixture.send("LPUSH", "asynq:{default}:pending", "run")
        let set = try await fixture.staged()
        let members = try await broker.members(of: set)
        #expect(members.map(\.id) == ["1", "2"])
        #expect(try await fixture.strings("LRANGE", "schedcu:{default}:quarantine", 0, -1) == ["bad"])
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:t:bad") == 1)
        #expect(try await fixture.finish(set, members) == .joined)
        #expect(try await fixture.integer("EXISTS", "asynq:{default}:t:1", "asynq:{default}:t:2") == 0)
        #expect(try await fixture.field("state", of: "run") == "pending")
        #expect(try await fixture.strings("KEYS", "*aggregation_sets*").isEmpty)
    }

    @Test func `a group with colons in its name is a group like any other`() async throws {
        try await fixture.addGroup([("1", 5), ("2", 3)], to: "a:b:")
        let set = try await fixture.staged("a:b:")
        #expect(set.group == "a:b:")
        try await broker.giveBack(set)
        #expect(try await fixture.scores("asynq:{default}:g:a:b:") == ["1": 5, "2": 3])
        let again = try await fixture.staged("a:b:")
        fixture.clock.advance(by: 121)
        #expect(try await broker.reclaimStaleSets(in: "default") == 1)
        #expect(again.id != set.id)
        #expect(try await fixture.scores("asynq:{default}:g:a:b:") == ["1": 126, "2": 124])
        #expect(try await broker.groups(in: "default") == ["a:b:"])
        try await fixture.expectOneContainerEach()
    }
}
