import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

/// Decision D5: an outcome is written only by the run that holds the task.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct FencingTests {
    /// What a run can write.
    enum Write: CaseIterable {
        case done, complete, retry, archive, requeue, handOver, result, rescue

        func perform(_ run: TaskRun, on broker: any Broker) async throws -> OutcomeWrite {
            switch self {
            case .done: try await broker.done(run)
            case .complete: try await broker.complete(run)
            case .retry:
                try await broker.retry(run, at: Date(timeIntervalSince1970: 1_893_460_000), error: "e", isFailure: true)
            case .archive: try await broker.archive(run, error: "e")
            case .requeue: try await broker.requeue(run)
            case .handOver:
                try await broker.done(
                    run, handingOverTo: TaskMessage(type: "t", id: "next", queue: run.message.queue))
            case .result: try await broker.writeResult([1], of: run)
            case .rescue: try await broker.rescue(run)
            }
        }
    }

    let fixture: BrokerFixture
    let broker: RedisBroker

    init() throws {
        fixture = try BrokerFixture()
        broker = fixture.broker
    }

    @Test(arguments: Write.allCases)
    func `I3: a message that a Go worker has rewritten meanwhile is not overwritten`(write: Write) async throws {
        let run = try await fixture.running(fixture.message("1", retention: 60)).run
        // A Go worker retried the task, forwarded it and took it again; it leaves our private fields behind.
        var rewritten = run.message
        (rewritten.retried, rewritten.errorMessage) = (1, "asynq: task lease expired")
        _ = try await fixture.send("HSET", "asynq:{default}:t:1", "msg", .bytes(try rewritten.encoded()))
        try await expectRefusal(of: write, by: run)
        #expect(try await broker.extendLeases(of: [run], in: "default") == [run])
    }

    @Test(arguments: Write.allCases)
    func `W10: without a lease nothing is written and nothing changes`(write: Write) async throws {
        let run = try await fixture.running(fixture.message("1", retention: 60)).run
        _ = try await fixture.send("ZREM", "asynq:{default}:lease", "1")
        try await expectRefusal(of: write, by: run)
    }

    @Test(arguments: Write.allCases.filter { $0 != .result })
    func `W10: without an active entry nothing is written and nothing changes`(write: Write) async throws {
        let run = try await fixture.running(fixture.message("1", retention: 60)).run
        _ = try await fixture.send("LREM", "asynq:{default}:active", 1, "1")
        try await expectRefusal(of: write, by: run)
    }

    @Test(arguments: Write.allCases)
    func `W12: a task that was deleted does not come back`(write: Write) async throws {
        let run = try await fixture.running(fixture.message("1", retention: 60)).run
        _ = try await fixture.send("DEL", "asynq:{default}:t:1")
        try await expectRefusal(of: write, by: run)
    }

    @Test(arguments: [Write.retry, .archive])
    func `item 31: a dead Go worker's task is recovered while its message is unchanged`(write: Write) async throws {
        let run = try await goRun("1")
        #expect(run.owner == nil)
        #expect(try await write.perform(run, on: broker) == .written)
        try await expectRefusal(of: write, by: run)
    }

    @Test(arguments: Write.allCases)
    func `item 31: a recoverer that comes late does not touch a run of ours with the same message`(write: Write)
        async throws
    {
        let run = try await goRun("1")
        // The Go worker was alive after all and gave the task back; one of ours took it.
        #expect(try await broker.requeue(run) == .written)
        let ours = try await fixture.taken().run
        #expect(ours.encodedMessage == run.encodedMessage)
        try await expectRefusal(of: write, by: run)
        #expect(try await broker.done(ours) == .written)
    }

    @Test func `item 31: an owner that Go left behind does not hinder the recovery of its run`() async throws {
        let ours = try await fixture.running(fixture.message("1")).run
        var rewritten = ours.message
        rewritten.retried = 1
        _ = try await fixture.send("HSET", "asynq:{default}:t:1", "msg", .bytes(try rewritten.encoded()))
        _ = try await fixture.send("ZADD", "asynq:{default}:lease", 1_893_456_031, "1")
        let listed = try await broker.expiredLeases(queue: "default", cutoff: fixture.clock.now + 31)
        #expect(listed.map(\.owner) == [nil])
        #expect(listed.map(\.message) == [rewritten])
        #expect(try await broker.archive(try #require(listed.first), error: "asynq: task lease expired") == .written)
        #expect(try await broker.archive(ours, error: "late") == .superseded)
    }

    private func expectRefusal(
        of write: Write, by run: TaskRun, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await fixture.redis.client.storedKeys()
        #expect(try await write.perform(run, on: broker) == .superseded, sourceLocation: sourceLocation)
        #expect(try await fixture.redis.client.storedKeys() == before, sourceLocation: sourceLocation)
    }

    /// A task as a Go worker holds it, listed after its lease has ended.
    private func goRun(_ id: String) async throws -> TaskRun {
        #expect(try await broker.create(fixture.message(id), placement: .pending, uniqueFor: nil) == .created)
        _ = try await fixture.send("LMOVE", "asynq:{default}:pending", "asynq:{default}:active", "RIGHT", "LEFT")
        _ = try await fixture.send("HSET", .string("asynq:{default}:t:\(id)"), "state", "active")
        _ = try await fixture.send("ZADD", "asynq:{default}:lease", 1_893_456_030, .string(id))
        return try #require(await broker.expiredLeases(queue: "default", cutoff: fixture.clock.now + 60).first)
    }
}
