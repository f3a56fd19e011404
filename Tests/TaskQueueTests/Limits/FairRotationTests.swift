import RedisTestSupport
import Testing

@testable import TaskQueue

/// U5: no queue's many tasks hold up another's single one.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct FairRotationTests: ServerSuite {
    let fixture: ServerFixture

    init() throws { fixture = try ServerFixture() }

    /// The queues of the first tasks in the order in which they started, as many as `isEnough` wants to see.
    private func starts(
        _ counts: [String: Int], concurrency: Int, weights: [String: Int], until isEnough: ([String]) -> Bool
    ) async throws -> [String] {
        for (queue, count) in counts { try await enqueue(count, on: queue) }
        let order = Mailbox<String>()
        let configuration = configuration {
            $0.queues = QueueSelection(weights: weights)
            $0.concurrency = concurrency
        }
        var starts: [String] = []
        try await withServer(configuration, handler: ClosureHandler { order.send($1.queue) }) { _ in
            while !isEnough(starts) { starts.append(try await order.next()) }
        }
        return starts
    }

    @Test(arguments: [1, 16])
    func `U5: single tasks of 20 queues all start before a second turn of one with 1000`(concurrency: Int)
        async throws
    {
        let small = Dictionary(uniqueKeysWithValues: (1...20).map { ("s\($0)", 1) })
        let starts = try await starts(
            small.merging(["big": 1000]) { $1 }, concurrency: concurrency,
            weights: small.merging(["big": 1]) { $1 }
        ) { $0.count { $0 != "big" } == 20 }
        // Tasks that run side by side start in any order.
        #expect(starts.count { $0 == "big" } <= concurrency)
    }

    @Test func `item 35: while both have tasks, weights of 3 and 1 give shares of 3 and 1`() async throws {
        let starts = try await starts(["a": 400, "b": 400], concurrency: 1, weights: ["a": 3, "b": 1]) {
            $0.count == 400
        }
        #expect((295...305).contains(starts.count { $0 == "a" }))
    }
}
