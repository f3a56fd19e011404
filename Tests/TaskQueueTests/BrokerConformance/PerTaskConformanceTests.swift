import Foundation
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What workers of ours heed of a task beyond asynq's message, on both brokers.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct PerTaskConformanceTests {
    private let lock = "schedcu:{default}:unique:x"

    private func options(_ text: String) -> StoredOptions { StoredOptions(Array(text.utf8)) }

    @Test(
        arguments: BrokerKind.allCases,
        [TaskPlacement.pending, .scheduled(at: Date(timeIntervalSince1970: 1_893_456_001)), .group("g")])
    func `options are stored in any first state, in a private field`(kind: BrokerKind, placement: TaskPlacement)
        async throws
    {
        let under = try BrokerUnderTest(kind)
        let message = under.message("1", group: "g")
        let creation = TaskCreation(message: message, placement: placement, options: options("1;e=9;"))
        #expect(try await under.broker.create([creation]) == [.created])
        let look = try await under.look()
        #expect(look.tasks["1"]?.options == "1;e=9;")
        #expect(try look.message("1") == message)
        #expect(try await under.broker.create([creation]) == [.taskIDConflict])
    }

    @Test(arguments: BrokerKind.allCases)
    func `a batch creates tasks with and without options, each with its own outcome`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let tasks = [
            TaskCreation(message: under.message("a")),
            TaskCreation(
                message: under.message("b", uniqueKey: lock), uniqueFor: .seconds(100_000), options: options("1;u;")),
            TaskCreation(message: under.message("a")),
            TaskCreation(
                message: under.message("c", uniqueKey: lock), uniqueFor: .seconds(50), options: options("1;e=3;")),
        ]
        #expect(try await under.broker.create(tasks) == [.created, .created, .taskIDConflict, .duplicate])
        let look = try await under.look()
        #expect(look.tasks["a"]?.options == nil && look.locks == [lock: "b"])
        #expect(try await under.broker.create([TaskCreation]()) == [])
    }

    @Test(arguments: BrokerKind.allCases)
    func `options come with each delivery, and stay through retries, rescues and being given back`(kind: BrokerKind)
        async throws
    {
        let under = try BrokerUnderTest(kind)
        let broker = under.broker
        let text = "1;e=9;r=l:1;"
        #expect(
            try await broker.create([TaskCreation(message: under.message("1"), options: options(text))]) == [.created])
        try await under.create(["2"])
        let taken = try await broker.dequeue(from: ["default"], limit: 2, worker: under.worker)
        #expect(taken.map(\.options) == [options(text), StoredOptions()])
        var run = taken[0].run
        #expect(try await broker.options(of: run) == options(text))
        #expect(try await broker.options(of: taken[1].run) == StoredOptions())
        #expect(try await broker.rescue(run) == .written)
        run = try await under.taken().run
        #expect(try await broker.requeue(run) == .written)
        run = try await under.taken().run
        #expect(try await broker.retry(run, at: under.clock.now, error: "e", isFailure: true) == .written)
        under.clock.advance(by: 5)
        #expect(try await broker.forward(queue: "default") == 1)
        #expect(try await under.taken().options == options(text))
    }

    @Test(arguments: BrokerKind.allCases)
    func `a released task waits in the retry set, its message unchanged, and nothing is counted`(kind: BrokerKind)
        async throws
    {
        let under = try BrokerUnderTest(kind)
        var message = under.message("1")
        (message.retried, message.errorMessage) = (2, "before")
        let run = try await under.running(message).run
        let date = Date(timeIntervalSince1970: 1_893_456_060.25)
        #expect(try await under.broker.release(run, until: date) == .written)
        let look = try await under.look()
        #expect(try look.message("1") == message)
        #expect(look.tasks["1"]?.state == "retry" && look.retry == ["1": 1_893_456_061])
        #expect(look.leases.isEmpty && look.active.isEmpty && look.processed == 0 && look.failed == 0)
        #expect(try await under.broker.release(run, until: date) == .superseded)
    }

    @Test(arguments: BrokerKind.allCases)
    func `a dropped task leaves nothing: no key, no lock, no count`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let message = under.message("1", retention: 60, uniqueKey: lock)
        let run = try await under.running(message, uniqueFor: .seconds(60)).run
        #expect(try await under.broker.drop(run) == .written)
        #expect(try await under.look() == QueueLook())
        #expect(try await under.broker.drop(run) == .superseded)
    }

    @Test(arguments: BrokerKind.allCases)
    func `a look notes that somebody waits, until the task has ended`(kind: BrokerKind) async throws {
        let under = try BrokerUnderTest(kind)
        let broker = under.broker
        #expect(try await broker.ending(ofTask: "1", in: "default") == .gone)
        #expect(try await under.look() == QueueLook())
        let run = try await under.running(under.message("1", retention: 60)).run
        #expect(try await broker.ending(ofTask: "1", in: "default") == .notYet)
        #expect(try await under.look().tasks["1"]?.isWaitedFor == true)
        #expect(try await broker.writeResult([1, 0, 255], of: run) == .written)
        #expect(try await broker.complete(run) == .written)
        #expect(try await broker.ending(ofTask: "1", in: "default") == .completed(result: [1, 0, 255]))
        #expect(try await broker.archive(under.running(under.message("2")).run, error: "why") == .written)
        #expect(try await broker.ending(ofTask: "2", in: "default") == .archived(reason: "why"))
        #expect(try await under.look().tasks["2"]?.isWaitedFor == false)
    }
}
