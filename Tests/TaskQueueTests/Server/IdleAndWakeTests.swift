import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Decision D3: an idle server neither polls hot nor sleeps through a push.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct IdleAndWakeTests: ServerSuite {
    let fixture: ServerFixture
    /// In no other test's queue names: channels are shared by all databases.
    private let mark = UUID().uuidString

    init() throws { fixture = try ServerFixture() }

    /// The suite's servers would never look by themselves.
    func configure(_ configuration: inout TaskServerConfiguration) {
        configuration.pollInterval = .seconds(3600)
        configuration.forwarderInterval = .seconds(3600)
    }

    private func names(_ count: Int) -> [String] { (1...count).map { "\(mark)-\($0)" } }

    @Test(arguments: [1, 40])
    func `U7: an idle server asks for tasks once, not again and again`(queues: Int) async throws {
        let watched = WatchedBroker(broker)
        let configuration = configuration { $0.queues = .equal(names(queues)) }
        try await withServer(configuration, broker: watched.broker) { _ in
            // Half a second of heartbeats at least, in which a hot loop asks thousands of times.
            _ = try await watched.beats.next(10)
            let before = watched.dequeues.count
            _ = try await watched.beats.next(10)
            // A wait lasts 5 s at most and leads to one look; never to one a heartbeat.
            #expect(watched.dequeues.count - before <= 10)
        }
    }

    @Test func `U7: queues at their limit here are not asked for tasks`() async throws {
        let gate = Gate()
        let watched = WatchedBroker(broker)
        let names = names(20)
        for queue in names { try await enqueue(2, on: queue) }
        let configuration = configuration {
            $0.concurrency = 100
            $0.queues = .equal(names)
            $0.perQueueConcurrency = { _ in 1 }
        }
        try await withServer(configuration, broker: watched.broker, handler: waiting(at: gate)) { _ in
            _ = try await started.next(20)
            // Queues that were waited for before they were full wake the server once each; after that nothing does.
            var asked = Int.max
            for _ in 0..<20 where asked > 0 {
                let before = watched.dequeues.count
                _ = try await watched.beats.next(10)
                asked = watched.dequeues.count - before
            }
            #expect(asked == 0)
            gate.open()
            _ = try await outcomes.next(40)
        }
    }

    @Test func `a queue's limit holds when tasks abound`() async throws {
        let running = LockedValue<[String: Int]>([:])
        let most = LockedValue(0)
        let names = names(4)
        for queue in names { try await enqueue(100, on: queue) }
        let configuration = configuration {
            $0.concurrency = 50
            $0.queues = .equal(names)
            $0.perQueueConcurrency = { _ in 2 }
        }
        let handler = ClosureHandler { _, context in
            let count = running.withLock { running in
                running[context.queue, default: 0] += 1
                return running[context.queue, default: 0]
            }
            most.withLock { $0 = max($0, count) }
            await Task.yield()
            running.withLock { $0[context.queue, default: 0] -= 1 }
        }
        try await withServer(configuration, handler: handler) { _ in _ = try await outcomes.next(400) }
        #expect(most.withLock { $0 } == 2)
    }

    @Test func `D3: a push to the last of 40 queues wakes an idle server that would not look for an hour`() async throws
    {
        let configuration = configuration { $0.queues = .equal((1...40).map { "queue-\($0)" }) }
        let watched = WatchedBroker(broker)
        try await withServer(configuration, broker: watched.broker) { _ in
            _ = try await watched.beats.next(3)
            // Nothing tells from outside when the subscription stands, so a later push is tried too.
            for try await turn in Turns() {
                try await enqueue("task-\(turn)", on: "queue-9")
                if try await queueInfo("queue-9").processedTotal > 0 { break }
            }
            _ = try await outcomes.next()
        }
    }

    @Test func `D3: a task scheduled by another client runs in its second, without a look`() async throws {
        try await withServer { _ in
            for try await turn in Turns() {
                try await enqueue(EnqueueOptions(taskID: "task-\(turn)", processIn: .milliseconds(1)))
                let next = try await task("task-\(turn)").nextProcessAt
                // Its moment passes; only then may the next try be made.
                while let next, next > Date() { await Task.yield() }
                if try await queueInfo().processedTotal > 0 { break }
            }
            let (context, _) = try await outcomes.next()
            #expect(context.taskID.hasPrefix("task-"))
        }
    }
}

/// 0, 1, 2 … until the suite's time limit ends it.
private struct Turns: AsyncSequence, AsyncIteratorProtocol {
    private var turn = -1

    func makeAsyncIterator() -> Turns { self }

    mutating func next() async throws -> Int? {
        try Task.checkCancellation()
        await Task.yield()
        turn += 1
        return turn
    }
}
