import Foundation
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Decision D5 on both brokers: an outcome is written only by the run that holds the task.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct FencingConformanceTests {
    typealias Write = FencingTests.Write

    @Test(arguments: BrokerKind.allCases, Write.allCases)
    func `I3: a run whose task was rescued and taken again can write nothing`(kind: BrokerKind, write: Write)
        async throws
    {
        let under = try BrokerUnderTest(kind)
        let stale = try await under.running(under.message("1", retention: 60)).run
        #expect(try await under.broker.rescue(stale) == .written)
        let present = try await under.taken().run
        let before = try await under.look()
        #expect(try await write.perform(stale, on: under.broker) == .superseded)
        #expect(try await under.look() == before)
        #expect(try await write.perform(present, on: under.broker) == .written)
    }

    @Test(arguments: BrokerKind.allCases, Write.allCases.filter { $0 != .result })
    func `an outcome written twice is written once`(kind: BrokerKind, write: Write) async throws {
        let under = try BrokerUnderTest(kind)
        let run = try await under.running(under.message("1", retention: 60)).run
        #expect(try await write.perform(run, on: under.broker) == .written)
        let before = try await under.look()
        #expect(try await write.perform(run, on: under.broker) == .superseded)
        #expect(try await under.look() == before)
    }

    @Test(arguments: BrokerKind.allCases, [Write.requeue, .retry, .archive, .complete, .rescue])
    func `every outcome takes the owner away`(kind: BrokerKind, write: Write) async throws {
        let under = try BrokerUnderTest(kind)
        let run = try await under.running(under.message("1", retention: 60)).run
        #expect(try await write.perform(run, on: under.broker) == .written)
        let task = try #require(try await under.look().tasks["1"])
        #expect(task.owner == nil)
        try await under.expectOnePlaceEach()
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 30: only held leases are pushed, and the lost ones are named`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let kept = try await under.running(under.message("kept")).run
        let lost = try await under.running(under.message("lost")).run
        let gone = try await under.running(under.message("gone")).run
        #expect(try await under.broker.rescue(lost) == .written)
        _ = try await under.taken()
        #expect(try await under.broker.done(gone) == .written)
        under.clock.advance(by: 10)
        #expect(try await under.broker.extendLeases(of: [lost, kept, gone], in: "default") == [lost, gone])
        #expect(try await under.look().leases == ["lost": 1_893_456_030, "kept": 1_893_456_040])
        #expect(try await under.broker.extendLeases(of: [], in: "default") == [])
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 29: the last result that a run stores is the task's`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let run = try await under.running(under.message("1", retention: 60)).run
        #expect(try await under.broker.writeResult([1], of: run) == .written)
        #expect(try await under.broker.writeResult([0, 255], of: run) == .written)
        #expect(try await under.broker.complete(run) == .written)
        #expect(try await under.broker.writeResult([2], of: run) == .superseded)
        #expect(try await under.broker.results(ofTasks: ["none", "1"], in: "default") == [nil, [0, 255]])
    }
}
