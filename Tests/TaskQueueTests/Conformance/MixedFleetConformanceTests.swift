import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Section 7, items 35 and 69 to 71: our servers and Go's on the same queues.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(3))) struct MixedFleetConformanceTests {
    private let fixture: ConformanceFixture
    private let go: GoFleet

    init() throws {
        fixture = try ConformanceFixture()
        go = fixture.go
    }

    @Test func `item 69: a Go server and one of ours run 10,000 tasks, each exactly once`() async throws {
        let count = 10_000
        let batch = (0..<count).map {
            (task: QueueTask(type: "t", payload: [1]), options: EnqueueOptions(taskID: "\($0)"))
        }
        for part in stride(from: 0, to: count, by: 1000) {
            for result in try await fixture.client.enqueue(batch: Array(batch[part..<part + 1000])) {
                _ = try result.get()
            }
        }
        let runs = LockedValue<[String: Int]>([:])
        let byGo = LockedValue(0)
        let configuration = fixture.configuration { $0.onOutcome = nil }
        let handler = ClosureHandler { _, context in runs.withLock { $0[context.taskID, default: 0] += 1 } }
        let go = go
        try await fixture.ours.withServer(configuration, handler: handler) { _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        while let message = try await go.dequeue() {
                            runs.withLock { $0[message.id, default: 0] += 1 }
                            byGo.withLock { $0 += 1 }
                            try await go.done(message)
                        }
                    }
                }
                try await group.waitForAll()
            }
            while try await go.count("processed") < count { await Task.yield() }
        }
        #expect(runs.withLock { $0.count } == count)
        #expect(runs.withLock { $0.values.allSatisfy { $0 == 1 } })
        #expect(byGo.withLock { (1..<count).contains($0) }, "both must have worked")
        #expect(try await go.count("processed") == count)
        #expect(try await go.countToday("processed") == count)
        #expect(try await fixture.hasKey("asynq:{default}:t:*") == false)
        #expect(try await go.ids("active") == [])
        #expect(try await go.ids("lease") == [])
        #expect(try await go.ids("pending") == [])
    }

    @Test(arguments: [1, 10])
    func `item 35: with all queues full, weights 6, 3 and 1 share the runs and no queue starves`(
        concurrency: Int
    ) async throws {
        let weights = ["high": 6, "mid": 3, "low": 1]
        for queue in weights.keys {
            let batch = (0..<1000).map {
                (task: QueueTask(type: "t"), options: EnqueueOptions(queue: queue, taskID: "\($0)"))
            }
            for result in try await fixture.client.enqueue(batch: batch) { _ = try result.get() }
        }
        let order = LockedValue<[String]>([])
        let configuration = fixture.configuration {
            $0.queues = QueueSelection(weights: weights)
            $0.concurrency = concurrency
        }
        try await fixture.ours.withServer(
            configuration, handler: ClosureHandler { _, context in order.withLock { $0.append(context.queue) } }
        ) { _ in
            _ = try await fixture.outcomes.next(1000)
        }
        let first = order.withLock { $0.prefix(1000) }
        // Five standard deviations of 1000 draws; a queue drawn for ten free slots gives ten tasks, so there are 100 draws.
        let tolerance = concurrency == 1 ? 80 : 250
        for (queue, weight) in weights {
            let share = first.count { $0 == queue }
            #expect(share > 0 && abs(share - 100 * weight) < tolerance, "\(queue) ran \(share) of 1000")
        }
    }

    @Test(arguments: [false, true])
    func `items 70 and 71: a task retried in turn by us and Go keeps every field, but old Go drops the headers`(
        isOld: Bool
    ) async throws {
        var go = go
        go.dropsHeaders = isOld
        let full = ConformanceFixture.message("a", queue: "q", type: "typ", payload: [0, 255, 10]) {
            $0.timeoutSeconds = 77
            $0.deadlineUnixSeconds = go.now + 10_000
            $0.retentionSeconds = 60
            $0.uniqueKey = "asynq:{q}:unique:typ:mine"
            $0.headers = ["trace": "1", "ü": "✓"]
        }
        #expect(try await go.enqueue(full, lockSeconds: 1000) == 1)
        let configuration = fixture.configuration {
            $0.queues = ["q": 1]
            $0.retryPolicy = RetryPolicy { _, _, _ in .seconds(1000) }
        }
        var later = go
        later.clock = { Date(timeIntervalSinceNow: 2000) }
        var expected = full
        for turn in 1...3 {
            // Ours first, then Go's.
            try await fixture.work(1, configuration) { task, context in
                #expect(task.payload == full.payload && context.retried == 2 * (turn - 1))
                throw TestFailure(description: "ours \(turn)")
            }
            #expect(try await later.forward("q") == 1)
            let message = try #require(await go.dequeue("q"))
            if isOld { expected.headers = [:] }
            (expected.retried, expected.errorMessage) = (Int32(2 * turn - 1), "ours \(turn)")
            expected.lastFailedAtUnixSeconds = message.lastFailedAtUnixSeconds
            #expect(message == expected)
            try await go.retry(message, at: go.now, error: "Go \(turn)")
            #expect(try await go.forward("q") == 1)
        }
        let headers = Mailbox<[String: String]>()
        try await fixture.work(1, configuration) { task, _ in headers.send(task.headers) }
        #expect(try await headers.next() == (isOld ? [:] : full.headers))
        let kept = try #require(await go.task("a", in: "q"))
        #expect(kept.state == "completed")
        #expect(kept.message.retried == 6)
        #expect(kept.message.payload == full.payload && kept.message.uniqueKey == full.uniqueKey)
        #expect(kept.message.deadlineUnixSeconds == full.deadlineUnixSeconds && kept.message.timeoutSeconds == 77)
        #expect(try await go.exists(full.uniqueKey) == false)
    }
}
