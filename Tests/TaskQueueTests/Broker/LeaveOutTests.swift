import ConcurrencySupport
import Foundation
import Logging
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// A call on several queues leaves out the one that Redis refuses, and logs it.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct LeaveOutTests {
    let fixture: BrokerFixture
    let broker: RedisBroker
    let log = LoggedMessages()

    init() throws {
        fixture = try BrokerFixture()
        let logger = Logger(label: "test") { [log] _ in LoggedMessages.Handler(log: log) }
        broker = RedisBroker(
            client: fixture.redis.client, blockingClientConfiguration: fixture.redis.configuration,
            clock: { [clock = fixture.clock] in clock.now }, logger: logger)
    }

    private func create(_ id: String, in queue: String, at date: Date? = nil) async throws {
        let placement = date.map { TaskPlacement.scheduled(at: $0) } ?? .pending
        let message = fixture.message(id, queue: queue)
        #expect(try await broker.create(message, placement: placement, uniqueFor: nil) == .created)
    }

    private func spoil(_ key: String) async throws {
        _ = try await fixture.send("DEL", .string("asynq:{spoiled}:\(key)"))
        _ = try await fixture.send("SET", .string("asynq:{spoiled}:\(key)"), "x")
    }

    private func take(_ queues: [String], rooms: [String: Int] = [:], limit: Int = 1) async throws -> [String] {
        try await broker.dequeue(DequeuePlan(from: queues, rooms: rooms, limit: limit), worker: fixture.worker).tasks
            .map(\.run.message.id)
    }

    private func expectLogged(sourceLocation: SourceLocation = #_sourceLocation) {
        let texts = log.messages
        #expect(!texts.isEmpty, sourceLocation: sourceLocation)
        #expect(
            texts.allSatisfy { $0.contains("WRONGTYPE") && $0.contains("spoiled") }, sourceLocation: sourceLocation)
    }

    @Test func `the next due moments of other queues, and of the other set, are found`() async throws {
        let now = Date(timeIntervalSince1970: 1_893_456_000)
        try await create("1", in: "spoiled", at: now + 10)
        try await create("2", in: "good", at: now + 20)
        _ = try await fixture.send("ZADD", "asynq:{spoiled}:retry", 1_893_456_030, "3")
        #expect(try await broker.nextDue(queues: ["spoiled", "good"]) == ["spoiled": now + 10, "good": now + 20])
        try await spoil("scheduled")
        #expect(try await broker.nextDue(queues: ["spoiled", "good"]) == ["spoiled": now + 30, "good": now + 20])
        try await spoil("retry")
        #expect(try await broker.nextDue(queues: ["spoiled", "good"]) == ["good": now + 20])
        expectLogged()
    }

    @Test(arguments: ["pending", "active", "lease"])
    func `item 39: a queue that cannot be read is left out for a second and does not fail the others' dequeues`(
        key: String
    ) async throws {
        try await create("1", in: "spoiled")
        try await spoil(key)
        #expect(try await take(["spoiled", "good"]) == [], "nothing else has tasks, and that is no error")
        try await create("2", in: "good")
        #expect(try await take(["spoiled", "good"]) == ["2"])
        expectLogged()
        // It is whole again, and asked for again when the second is over.
        _ = try await fixture.send("DEL", .string("asynq:{spoiled}:\(key)"))
        try await create("3", in: "spoiled")
        let first = key == "pending" ? "3" : "1"
        #expect(try await take(["spoiled", "good"]) == [])
        fixture.clock.advance(by: 1)
        #expect(try await take(["spoiled", "good"]) == [first])
    }

    @Test func `a queue that is asked for alone throws, unless the others may be full`() async throws {
        try await create("1", in: "spoiled")
        try await spoil("lease")
        await #expect(throws: RedisError.self) { try await take(["spoiled"]) }
        #expect(try await take(["spoiled"], rooms: ["spoiled": 1]) == [])
        #expect(try await take(["spoiled"], rooms: ["spoiled": 1, "full": 0]) == [])
        expectLogged()
    }

    @Test func `a queue without room gives nothing`() async throws {
        try await create("1", in: "a")
        try await create("2", in: "b")
        #expect(try await take(["a", "b"], rooms: ["a": 0], limit: 9) == ["2"])
        #expect(try await take(["a"], rooms: ["a": 0], limit: 9) == [])
    }

    @Test func `what concerns the whole store is thrown`() async throws {
        let closed = RedisBroker(fixture.redis.configuration, logger: fixture.redis.logger)
        await closed.close()
        await #expect(throws: RedisError.self) {
            try await closed.dequeue(from: ["a", "b"], limit: 1, worker: fixture.worker)
        }
        await #expect(throws: RedisError.self) {
            try await closed.dequeue(DequeuePlan(from: ["a"], rooms: ["a": 1], limit: 1), worker: fixture.worker)
        }
        await #expect(throws: RedisError.self) { try await closed.nextDue(queues: ["a", "b"]) }
    }

    @Test(arguments: ["OOM command not allowed", "LOADING Redis is loading", "READONLY You can't write"])
    func `a refusal that passes by itself is not one queue's`(text: String) {
        #expect(!RedisError(.commandRejected, text).isOfOneQueue)
        #expect(!RedisError(.connectionLost, text).isOfOneQueue)
        #expect(RedisError(.commandRejected, "WRONGTYPE Operation against a key").isOfOneQueue)
    }

    @Test func `dead workers' tasks in other queues are found`() async throws {
        for queue in ["lease", "good", "active"] {
            try await create(queue, in: queue)
            #expect(try await take([queue]) == [queue])
        }
        for key in ["lease", "active"] {
            _ = try await fixture.send("DEL", .string("asynq:{\(key)}:\(key)"))
            _ = try await fixture.send("SET", .string("asynq:{\(key)}:\(key)"), "spoiled")
        }
        let other = WorkerIdentity(host: "h", pid: 1, serverID: "s")
        let found = try await broker.orphanedTasks(in: ["lease", "active", "good"], besides: other, running: [])
        #expect(found.map(\.run.message.id).contains("good"))
        #expect(!found.map(\.run.message.id).contains("lease"))
        #expect(!log.messages.isEmpty)
    }

    @Test func `a task of another type does not hide other tasks' requests to cancel`() async throws {
        var runs: [TaskRun] = []
        for id in ["1", "2"] {
            runs.append(try await fixture.running(fixture.message(id, queue: "spoiled")).run)
            _ = try await fixture.send("HSET", .string("asynq:{spoiled}:t:\(id)"), "schedcu:cancel", 1)
        }
        try await spoil("t:1")
        #expect(try await broker.cancellationRequests(among: runs) == [1])
        expectLogged()
    }

    @Test func `W8: lost groups of other queues are listed again`() async throws {
        for queue in ["good", "spoiled"] {
            try await fixture.addGroup([("1", 9)], queue: queue)
            _ = try await fixture.send("DEL", .string("asynq:{\(queue)}:groups"))
        }
        try await fixture.addGroup([("2", 9)], queue: "zoo")
        _ = try await fixture.send("DEL", "asynq:{zoo}:groups")
        try await spoil("groups")
        #expect(try await broker.relistLostGroups(atMostEvery: .seconds(9)) == 2)
        expectLogged()
    }

    @Test func `W10: a refused success fails the runs of its own script call only`() async throws {
        var runs: [TaskRun] = []
        for queue in ["spoiled", "good"] {
            for number in 0..<8 { try await create("\(queue)\(number)", in: queue) }
            runs += try await broker.dequeue(from: [queue], limit: 8, worker: fixture.worker).map(\.run)
        }
        try await spoil("active")
        let results = await withTaskGroup(of: (String, Result<OutcomeWrite, any Error>).self) { [broker, runs] group in
            for run in runs {
                group.addTask {
                    do { return (run.message.queue, .success(try await broker.done(run))) } catch {
                        return (run.message.queue, .failure(error))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for (queue, result) in results {
            if queue == "good" {
                #expect((try? result.get()) == .written)
            } else {
                #expect(throws: RedisError.self) { try result.get() }
            }
        }
        #expect(results.count == 16)
    }
}

/// What was logged, each with its metadata.
final class LoggedMessages: Sendable {
    private let logged = LockedValue<[String]>([])

    var messages: [String] { logged.withLock { $0 } }

    struct Handler: LogHandler {
        let log: LoggedMessages
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.warning

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.logged.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
        }
    }
}
