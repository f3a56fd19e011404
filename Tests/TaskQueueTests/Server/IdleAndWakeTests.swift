import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Decision D3: an idle server neither polls hot nor sleeps through a push.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct IdleAndWakeTests {
    private let fixture: ServerFixture
    private let outcomes = Outcomes()
    /// In no other test's queue names: channels are shared by all databases.
    private let mark = UUID().uuidString

    init() throws { fixture = try ServerFixture() }

    /// A server that would never look by itself.
    private func sleepy(_ change: (inout TaskServerConfiguration) -> Void = { _ in }) -> TaskServerConfiguration {
        ServerFixture.configuration {
            $0.pollInterval = .seconds(3600)
            $0.forwarderInterval = .seconds(3600)
            $0.report(to: outcomes)
            change(&$0)
        }
    }

    @Test(arguments: [1, 40])
    func `U7: an idle server asks for tasks once, not again and again`(queues: Int) async throws {
        let dequeues = LockedValue(0)
        let beats = Mailbox<Void>()
        let broker = FlakyBroker(fixture.broker, doneFaults: []) { call in
            if call == .dequeue { dequeues.withLock { $0 += 1 } }
            if call == .writeServerState { beats.send(()) }
        }
        let weights = Dictionary(uniqueKeysWithValues: (1...queues).map { ("\(mark)-\($0)", 1) })
        let configuration = sleepy { $0.queues = QueueSelection(weights: weights) }
        try await fixture.withServer(configuration, broker: broker, handler: ClosureHandler { _, _ in }) { _ in
            // Half a second of heartbeats at least, in which a hot loop asks thousands of times.
            _ = try await beats.next(10)
            let before = dequeues.withLock { $0 }
            _ = try await beats.next(10)
            // A wait lasts 5 s at most and leads to one look; never to one a heartbeat.
            #expect(dequeues.withLock { $0 } - before <= 10)
        }
    }

    @Test func `U7: queues at their limit here are not asked for tasks`() async throws {
        let gate = Gate()
        let dequeues = LockedValue(0)
        let beats = Mailbox<Void>()
        let started = Mailbox<Void>()
        let broker = FlakyBroker(fixture.broker, doneFaults: []) { call in
            if call == .dequeue { dequeues.withLock { $0 += 1 } }
            if call == .writeServerState { beats.send(()) }
        }
        let names = (1...20).map { "\(mark)-\($0)" }
        for queue in names {
            for _ in 0..<2 { try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(queue: queue)) }
        }
        let configuration = sleepy {
            $0.concurrency = 100
            $0.queues = QueueSelection(weights: Dictionary(uniqueKeysWithValues: names.map { ($0, 1) }))
            $0.perQueueConcurrency = { _ in 1 }
        }
        let handler = ClosureHandler { _, _ in
            started.send(())
            try await gate.wait()
        }
        try await fixture.withServer(configuration, broker: broker, handler: handler) { _ in
            _ = try await started.next(20)
            // Queues that were waited for before they were full wake the server once each; after that nothing does.
            var asked = Int.max
            for _ in 0..<20 where asked > 0 {
                let before = dequeues.withLock { $0 }
                _ = try await beats.next(10)
                asked = dequeues.withLock { $0 } - before
            }
            #expect(asked == 0)
            gate.open()
            _ = try await outcomes.next(40)
        }
    }

    @Test func `a queue's limit holds when tasks abound`() async throws {
        let running = LockedValue<[String: Int]>([:])
        let most = LockedValue(0)
        let names = (1...4).map { "\(mark)-\($0)" }
        for queue in names {
            let batch = (0..<100).map { _ in (task: QueueTask(type: "t"), options: EnqueueOptions(queue: queue)) }
            for result in try await fixture.client.enqueue(batch: batch) { _ = try result.get() }
        }
        let configuration = sleepy {
            $0.concurrency = 50
            $0.queues = QueueSelection(weights: Dictionary(uniqueKeysWithValues: names.map { ($0, 1) }))
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
        try await fixture.withServer(configuration, handler: handler) { _ in _ = try await outcomes.next(400) }
        #expect(most.withLock { $0 } == 2)
    }

    @Test func `D3: a push to the last of 40 queues wakes an idle server that would not look for an hour`() async throws
    {
        let weights = Dictionary(uniqueKeysWithValues: (1...40).map { ("queue-\($0)", 1) })
        let configuration = sleepy { $0.queues = QueueSelection(weights: weights) }
        let ready = Mailbox<Void>()
        let broker = FlakyBroker(fixture.broker, doneFaults: []) { call in
            if call == .writeServerState { ready.send(()) }
        }
        try await fixture.withServer(configuration, broker: broker, handler: ClosureHandler { _, _ in }) { _ in
            _ = try await ready.next(3)
            // Nothing tells from outside when the subscription stands, so a later push is tried too.
            for try await turn in Turns() {
                try await fixture.client.enqueue(
                    QueueTask(type: "t"), EnqueueOptions(queue: "queue-9", taskID: "task-\(turn)"))
                if try await fixture.inspector.queueInfo(for: "queue-9").processedTotal > 0 { break }
            }
            _ = try await outcomes.next()
        }
    }

    @Test func `D3: a task scheduled by another client runs in its second, without a look`() async throws {
        try await fixture.withServer(sleepy(), handler: ClosureHandler { _, _ in }) { _ in
            for try await turn in Turns() {
                try await fixture.client.enqueue(
                    QueueTask(type: "t"),
                    EnqueueOptions(taskID: "task-\(turn)", processIn: .milliseconds(1)))
                let next = try await fixture.inspector.task("task-\(turn)", in: "default").nextProcessAt
                // Its moment passes; only then may the next try be made.
                while let next, next > Date() { await Task.yield() }
                if try await fixture.inspector.queueInfo(for: "default").processedTotal > 0 { break }
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
