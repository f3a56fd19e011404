import Foundation
import RedisTestSupport
import Testing

@testable import TaskQueue

/// How both brokers join groups.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct GroupConformanceBothTests {
    @Test(arguments: BrokerKind.allCases, GroupStagingTests.cases)
    func `item 47: a group is due by size, then delay, then grace, on either broker`(
        kind: BrokerKind, example: GroupStagingTests.Case
    ) async throws {
        let under = try BrokerUnderTest(kind)
        try await under.addGroup(example.ages.enumerated().map { ("\($0.offset)", $0.element) })
        let before = try await under.look()
        let set = try await under.broker.stageGroup("g", in: "default", limits: example.limits)
        guard let taken = example.taken else {
            #expect(set == nil)
            #expect(try await under.look() == before)
            return
        }
        let found = try #require(set)
        #expect(found.deadline == Date(timeIntervalSince1970: 1_893_456_120))
        #expect(
            try await under.broker.groups(in: "default") == (taken.count == example.ages.count ? [] : ["g"]))
        #expect(try await under.broker.members(of: found).map(\.id) == taken.map { "\($0)" })
        try await under.expectOnePlaceEach()
    }

    @Test(arguments: BrokerKind.allCases)
    func `W20: a set that is finished twice makes one task, on either broker`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        try await under.addGroup([("1", 5), ("2", 3)])
        let set = try await under.staged()
        let members = try await under.broker.members(of: set)
        #expect(try await under.finish(set, members) == .joined)
        #expect(try await under.finish(set, members) == .superseded)
        #expect(try await under.look().pending == [set.id])
        #expect(try await under.broker.done(under.taken().run) == .written)
        #expect(try await under.finish(set, members) == .superseded)
        let look = try await under.look()
        #expect(look.tasks.isEmpty && look.staged.isEmpty && look.members.isEmpty && look.processed == 1)
    }

    @Test(arguments: BrokerKind.allCases)
    func `W8, W20: a set is put back after its deadline, listed again, and joined once`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        try await under.addGroup([("1", 5), ("2", 3)])
        let late = try await under.staged()
        let members = try await under.broker.members(of: late)
        under.clock.advance(by: 119)
        #expect(try await under.broker.reclaimStaleSets(in: "default") == 0)
        under.clock.advance(by: 1)
        #expect(try await under.broker.reclaimStaleSets(in: "default") == 1)
        #expect(try await under.broker.groups(in: "default") == ["g"])
        #expect(try await under.look().members == ["g": ["1": 1_893_455_995, "2": 1_893_455_997]])
        #expect(try await under.finish(late, members) == .superseded)
        let second = try await under.staged()
        #expect(try await under.finish(second, under.broker.members(of: second)) == .joined)
        #expect(try await under.look().pending == [second.id])
        try await under.expectOnePlaceEach()
    }

    @Test(arguments: BrokerKind.allCases)
    func `a joined task takes a lock that a member holds, and no other's`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let key = UniqueKey.key(queue: "default", type: "t:test", payload: [1, 0, 255])
        let holder = try await under.running(under.message("other", uniqueKey: key), uniqueFor: .seconds(60)).run
        try await under.addGroup([("1", 0)])
        let set = try await under.staged()
        let joined = under.message(set.id, uniqueKey: key)
        let members = try await under.broker.members(of: set)
        func finish() async throws -> SetOutcome {
            try await under.broker.finish(
                set, members: members, as: joined, placement: .pending, uniqueFor: .seconds(3600))
        }
        let before = try await under.look()
        #expect(try await finish() == .duplicate)
        #expect(try await under.look() == before)
        #expect(try await under.broker.done(holder) == .written)
        #expect(try await finish() == .joined)
        #expect(try await under.look().locks == [key: set.id])
    }

    @Test(arguments: BrokerKind.allCases)
    func `nothing is joined when the id is taken, and a set can be given back`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        try await under.addGroup([("1", 5)], to: "a:b:")
        let set = try await under.staged("a:b:")
        try await under.create([set.id])
        #expect(try await under.finish(set, under.broker.members(of: set)) == .taskIDConflict)
        try await under.broker.giveBack(set)
        try await under.broker.giveBack(set)
        #expect(try await under.broker.groups(in: "default") == ["a:b:"])
        #expect(try await under.broker.relistLostGroups(atMostEvery: .seconds(60)) == 0)
        try await under.expectOnePlaceEach()
    }
}
