import Foundation
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What both brokers make of new tasks.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct CreatingConformanceTests {
    private let lock = "asynq:{default}:unique:t:test:x"

    @Test(arguments: BrokerKind.allCases)
    func `item 7: a taken id is refused whatever state its holder is in`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let broker = under.broker
        try await under.create(["active", "retry", "archived"])
        for id in ["active", "retry", "archived"] {
            let run = try await under.taken().run
            if id == "retry" { _ = try await broker.retry(run, at: under.clock.now, error: "e", isFailure: true) }
            if id == "archived" { _ = try await broker.archive(run, error: "e") }
        }
        #expect(try await broker.complete(under.running(under.message("completed", retention: 60)).run) == .written)
        let later = TaskPlacement.scheduled(at: under.clock.now + 60)
        for (id, placement) in [("scheduled", later), ("aggregating", .group("g")), ("pending", .pending)] {
            #expect(try await broker.create(under.message(id), placement: placement, uniqueFor: nil) == .created)
        }
        let before = try await under.look()
        #expect(before.tasks.allSatisfy { $0.key == $0.value.state } && before.tasks.count == 7)
        for state in TaskState.allCases {
            for placement in [TaskPlacement.pending, later, .group("g")] {
                let message = under.message(state.rawValue, uniqueKey: lock)
                let outcome = try await broker.create(message, placement: placement, uniqueFor: .seconds(60))
                #expect(outcome == .taskIDConflict)
            }
        }
        #expect(try await under.look() == before)
    }

    @Test(arguments: BrokerKind.allCases)
    func `W6: a task refused for its id leaves no lock`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        try await under.create(["1"])
        let locking = under.message("1", uniqueKey: lock)
        #expect(
            try await under.broker.create(locking, placement: .pending, uniqueFor: .seconds(60)) == .taskIDConflict)
        #expect(try await under.look().locks == [:])
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 8: a second task with the same lock is a duplicate until the first is done`(kind: BrokerKind)
        async throws
    {
        let under = try BrokerUnderTest(kind)
        let key = UniqueKey.key(queue: "default", type: "t:test", payload: [1])
        let first = try await under.running(under.message("1", uniqueKey: key), uniqueFor: .seconds(60))
        let second = under.message("2", uniqueKey: key)
        #expect(try await under.broker.create(second, placement: .pending, uniqueFor: .seconds(60)) == .duplicate)
        #expect(try await under.look().tasks["2"] == nil)
        #expect(try await under.broker.done(first.run) == .written)
        #expect(try await under.broker.create(second, placement: .pending, uniqueFor: .seconds(60)) == .created)
    }

    @Test(arguments: BrokerKind.allCases)
    func `W19: a scheduled task's score is rounded up to a whole second, so that it never runs early`(
        kind: BrokerKind
    ) async throws {
        let under = try BrokerUnderTest(kind)
        let date = Date(timeIntervalSince1970: 1_893_456_100.001)
        let outcome = try await under.broker.create(
            under.message("1"), placement: .scheduled(at: date), uniqueFor: nil)
        #expect(outcome == .created)
        #expect(try await under.look().scheduled == ["1": 1_893_456_101])
        #expect(
            try await under.broker.nextDue(queues: ["default", "none"])
                == ["default": Date(timeIntervalSince1970: 1_893_456_101)])
        under.clock.set(Date(timeIntervalSince1970: 1_893_456_100.9))
        #expect(try await under.broker.forward(queue: "default") == 0)
        under.clock.set(Date(timeIntervalSince1970: 1_893_456_101))
        #expect(try await under.broker.forward(queue: "default") == 1)
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 16: a batch over several queues lists each and tells each outcome`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let outcomes = try await under.broker.create(batch: [
            (under.message("1", queue: "a"), .pending, nil), (under.message("1", queue: "b"), .group("g"), nil),
            (under.message("1", queue: "a"), .scheduled(at: under.clock.now + 9), nil),
        ])
        #expect(outcomes == [.created, .created, .taskIDConflict])
        #expect(try await under.broker.queueNames() == ["a", "b"])
        #expect(try await under.broker.create(batch: []) == [])
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 16: a batch names the ids that are taken, also those of its own tasks`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        try await under.create(["old"])
        let batch = ["a", "old", "a", "b"].map {
            (message: under.message($0), placement: TaskPlacement.pending, uniqueFor: Duration?.none)
        }
        #expect(
            try await under.broker.create(batch: batch) == [.created, .taskIDConflict, .taskIDConflict, .created])
        #expect(try await under.look().pending == ["old", "a", "b"])
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 18: ids that only look alike are two tasks`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        try await under.create(["\u{E9}", "e\u{301}"])
        #expect(try await under.look().pending == ["\\u{00E9}", "e\\u{0301}"])
    }
}
