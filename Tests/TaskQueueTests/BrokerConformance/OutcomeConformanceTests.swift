import Foundation
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What both brokers make of the ends of runs.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct OutcomeConformanceTests {
    private let lock = "asynq:{default}:unique:t:test:x"

    @Test(arguments: BrokerKind.allCases)
    func `item 33: a task given back is the next to be taken, unchanged`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let run = try await under.running(under.message("1")).run
        try await under.create(["2"])
        #expect(try await under.broker.requeue(run) == .written)
        #expect(try await under.taken().run.encodedMessage == run.encodedMessage)
    }

    @Test(arguments: BrokerKind.allCases)
    func `D15: a rescued task is the next to be taken, with its message and its retries as they were`(
        kind: BrokerKind
    ) async throws {
        let under = try BrokerUnderTest(kind)
        var message = under.message("1")
        (message.retried, message.errorMessage) = (3, "before")
        let run = try await under.running(message).run
        try await under.create(["2"])
        #expect(try await under.broker.rescue(run) == .written)
        let look = try await under.look()
        #expect(look.pending == ["1", "2"] && look.active.isEmpty && look.leases.isEmpty)
        #expect(try look.message("1") == message)
        #expect(look.tasks["1"]?.state == "pending" && look.tasks["1"]?.deliveries == 1)
        #expect(look.processed == 0 && look.failed == 0)
    }

    @Test(arguments: BrokerKind.allCases, [false, true])
    func `item 10: the lock goes with success, by done as by complete`(kind: BrokerKind, isKept: Bool) async throws {
        let under = try BrokerUnderTest(kind)
        let message = under.message("1", retention: 60, uniqueKey: lock)
        let run = try await under.running(message, uniqueFor: .seconds(60)).run
        #expect(try await under.look().locks == [lock: "1"])
        #expect(try await (isKept ? under.broker.complete(run) : under.broker.done(run)) == .written)
        #expect(try await under.look().locks == [:])
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 10: the lock stays through retries, being given back, and the archive`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let broker = under.broker
        let run = try await under.running(under.message("1", uniqueKey: lock), uniqueFor: .seconds(1000)).run
        #expect(try await broker.retry(run, at: under.clock.now, error: "e", isFailure: true) == .written)
        #expect(try await broker.forward(queue: "default") == 1)
        #expect(try await broker.requeue(under.taken().run) == .written)
        #expect(try await broker.archive(under.taken().run, error: "e") == .written)
        #expect(try await under.look().locks == [lock: "1"])
    }

    @Test(arguments: BrokerKind.allCases)
    func `items 22 to 24: what a failure, a non-failure and the last failure leave`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let broker = under.broker
        let at = under.clock.now + 60.9
        let run = try await under.running(under.message("1")).run
        #expect(try await broker.retry(run, at: at, error: "no failure", isFailure: false) == .written)
        var look = try await under.look()
        #expect(look.retry == ["1": 1_893_456_061] && look.failed == 0)
        #expect(try look.message("1").retried == 0)
        #expect(try look.message("1").errorMessage == "no failure")
        under.clock.advance(by: 61)
        #expect(try await broker.forward(queue: "default") == 1)
        #expect(try await broker.retry(under.taken().run, at: at, error: "e", isFailure: true) == .written)
        look = try await under.look()
        #expect(try look.message("1").retried == 1)
        #expect(try look.message("1").lastFailedAtUnixSeconds == 1_893_456_061)
        #expect(look.processed == 1 && look.failed == 1)
        #expect(look.days == ["processed:2030-01-01": 1, "failed:2030-01-01": 1])
        #expect(try await broker.forward(queue: "default") == 1)
        #expect(try await broker.archive(under.taken().run, error: "last") == .written)
        look = try await under.look()
        #expect(look.archived == ["1": 1_893_456_061] && look.failed == 2)
        #expect(try look.message("1").retried == 1)
        #expect(try look.message("1").errorMessage == "last")
    }

    @Test(arguments: BrokerKind.allCases)
    func `D8: the next step is pending with the first one's end`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let run = try await under.running(under.message("1")).run
        let next = under.message("2")
        #expect(try await under.broker.done(run, handingOverTo: next) == .written)
        #expect(try await under.look().pending == ["2"])
        let taken = try await under.taken().run
        #expect(taken.message == next)
        #expect(try await under.broker.done(taken) == .written)
        let look = try await under.look()
        #expect(look.tasks.isEmpty && look.processed == 2)
    }

    @Test(arguments: BrokerKind.allCases)
    func `D8: a step that was handed over already is not handed over again`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let later = TaskPlacement.scheduled(at: under.clock.now + 60)
        #expect(try await under.broker.create(under.message("2"), placement: later, uniqueFor: nil) == .created)
        let run = try await under.running(under.message("1")).run
        #expect(try await under.broker.done(run, handingOverTo: under.message("2")) == .written)
        let look = try await under.look()
        #expect(look.pending.isEmpty && look.tasks["2"]?.state == "scheduled")
    }

    @Test(arguments: BrokerKind.allCases, [1, 16, 100])
    func `many successes at once leave nothing but counters`(kind: BrokerKind, count: Int) async throws {
        let under = try BrokerUnderTest(kind)
        let outcomes = try await done(try await running(count, under), under.broker)
        #expect(outcomes.count == count && outcomes.allSatisfy { $0 == .written })
        let look = try await under.look()
        #expect(look.tasks.isEmpty && look.active.isEmpty && look.leases.isEmpty && look.processed == count)
    }

    @Test(arguments: BrokerKind.allCases)
    func `runs that end in another order than they began are found in the list`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let runs = try await running(12, under)
        for run in [runs[11], runs[0], runs[5]] { #expect(try await under.broker.done(run) == .written) }
        #expect(try await done([runs[1], runs[10], runs[6]], under.broker).allSatisfy { $0 == .written })
        #expect(try await under.look().active == ["t2", "t3", "t4", "t7", "t8", "t9"])
    }

    private func running(_ count: Int, _ under: BrokerUnderTest) async throws -> [TaskRun] {
        try await under.create((0..<count).map { "t\($0)" })
        var runs: [TaskRun] = []
        while runs.count < count {
            runs += try await under.broker.dequeue(from: ["default"], limit: 16, worker: under.worker).map(\.run)
        }
        return runs
    }

    private func done(_ runs: [TaskRun], _ broker: any Broker) async throws -> [OutcomeWrite] {
        try await withThrowingTaskGroup(of: OutcomeWrite.self) { group in
            for run in runs { group.addTask { try await broker.done(run) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test(arguments: BrokerKind.allCases)
    func `a task that is to be cancelled for good is archived whatever its run's end but success`(kind: BrokerKind)
        async throws
    {
        let under = try BrokerUnderTest(kind)
        let broker = under.broker
        for (id, isRetried) in [("1", true), ("2", false)] {
            let run = try await under.running(under.message(id, uniqueKey: lock), uniqueFor: .seconds(60)).run
            #expect(try await under.cancel(id) == .requested)
            #expect(try await broker.isCancellationRequested(of: run))
            #expect(try await broker.cancellationRequests(among: [run]) == [0])
            let write =
                try await isRetried
                ? broker.retry(run, at: under.clock.now, error: "e", isFailure: false)
                : broker.archive(run, error: "e")
            #expect(write == .cancelled)
            let look = try await under.look()
            #expect(look.tasks[id]?.state == "archived" && look.locks.isEmpty)
            #expect(try look.message(id).errorMessage == "cancelled")
        }
        let run = try await under.running(under.message("3", retention: 60)).run
        #expect(try await under.cancel("3") == .requested)
        #expect(try await broker.complete(run) == .written)
        #expect(try await under.look().tasks["3"]?.isCancelled == false)
    }

    @Test(arguments: BrokerKind.allCases, [true, false])
    func `I8: a task archived as poison comes back unless its lock went with the archiving`(
        kind: BrokerKind, frees: Bool
    ) async throws {
        let under = try BrokerUnderTest(kind)
        var options = StoredOptions()
        options.releasesLockOnArchive = frees
        let message = under.message("1", uniqueKey: lock)
        let creation = TaskCreation(message: message, uniqueFor: .seconds(60), options: options)
        #expect(try await under.broker.create([creation]) == [.created])
        let run = try await under.taken().run
        #expect(try await under.broker.restoreFromPoison(run, reason: "poison") == .superseded)
        #expect(try await under.broker.markAlone(run) == .written)
        #expect(try await under.broker.archive(run, error: "poison") == .written)
        #expect(try await under.broker.restoreFromPoison(run, reason: "another") == .superseded)
        #expect(
            try await under.broker.restoreFromPoison(run, reason: "poison") == (frees ? .superseded : .written))
        let look = try await under.look()
        #expect(look.locks == (frees ? [:] : [lock: "1"]))
        #expect(look.pending == (frees ? [] : ["1"]))
        try await under.expectOnePlaceEach()
    }
}
