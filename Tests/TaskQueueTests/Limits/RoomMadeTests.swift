import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// U5: whatever ends a run of a queue at its limit tells the workers that wait for its room.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct RoomMadeTests {
    enum End: CaseIterable, Sendable {
        case done, doneAlone, complete, retry, archive, requeue, rescue, handOver, completeHandOver, setAside
    }

    private let fixture: BrokerFixture
    private var inspector: TaskInspector { fixture.inspector }
    /// In no other test's queue names: channels are shared by all databases.
    private let queue = "room-\(UUID().uuidString)"

    init() throws { fixture = try BrokerFixture() }

    /// Creates three tasks, takes the first and ends it; hands over how often the queue's name was called meanwhile.
    private func calls(endedBy end: End, limit: Int?) async throws -> Int {
        let broker = fixture.broker
        var heard = broker.wakeUps().makeAsyncIterator()
        // Nothing tells when the subscription stands but what comes by it.
        let knocking = Task { [inspector, queue] in
            while !Task.isCancelled {
                try await inspector.setRateLimit(nil, of: queue + "-knock")
                try await Task.sleep(for: .milliseconds(2))
            }
        }
        while await heard.next() != .pending(queue: queue + "-knock") {}
        knocking.cancel()
        _ = await knocking.result

        let unique = end == .doneAlone ? "asynq:{\(queue)}:unique:t:1" : ""
        let first = fixture.message("1", queue: queue, retention: 100, uniqueKey: unique)
        _ = try await broker.create(first, placement: .pending, uniqueFor: unique.isEmpty ? nil : .seconds(100))
        for id in ["2", "3"] {
            _ = try await broker.create(fixture.message(id, queue: queue), placement: .pending, uniqueFor: nil)
        }
        if end == .setAside {
            try await fixture.redis.client.send("HSET", .string(RedisKeys(queue: queue).task("1")), "msg", "?")
        }
        try await inspector.setConcurrencyLimit(limit, of: queue)
        try await inspector.setRateLimit(nil, of: queue + "-begin")
        while await heard.next() != .pending(queue: queue + "-begin") {}

        let tasks = try await broker.dequeue(from: [queue], limit: 1, worker: fixture.worker)
        if end != .setAside {
            let run = try #require(tasks.first).run
            #expect(try await write(end, run) == .written)
        }
        try await inspector.setRateLimit(nil, of: queue + "-end")
        var count = 0
        while let wakeUp = await heard.next(), wakeUp != .pending(queue: queue + "-end") {
            if wakeUp == .pending(queue: queue) { count += 1 }
        }
        await broker.close()
        return count
    }

    private func write(_ end: End, _ run: TaskRun) async throws -> OutcomeWrite {
        let broker = fixture.broker
        let next = fixture.message("next", queue: queue)
        switch end {
        case .done, .doneAlone: return try await broker.done(run)
        case .complete: return try await broker.complete(run)
        case .retry:
            return try await broker.retry(
                run, at: fixture.clock.now.addingTimeInterval(100), error: "e", isFailure: true)
        case .archive: return try await broker.archive(run, error: "e")
        case .requeue: return try await broker.requeue(run)
        case .rescue: return try await broker.rescue(run)
        case .handOver: return try await broker.done(run, handingOverTo: next)
        case .completeHandOver: return try await broker.complete(run, handingOverTo: next)
        case .setAside: return .superseded
        }
    }

    @Test(arguments: End.allCases)
    func `U5: the end of a run tells of a full queue's room, once`(end: End) async throws {
        #expect(try await calls(endedBy: end, limit: 1) == 1)
    }

    @Test(arguments: [nil, 2, 100])
    func `U5: a queue without a limit, or far from it, has nobody to tell`(limit: Int?) async throws {
        #expect(try await calls(endedBy: .done, limit: limit) == 0)
    }
}
