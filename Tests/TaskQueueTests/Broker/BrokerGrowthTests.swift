import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What the broker remembers by queue name stays small however many names there were.
@Suite struct RememberedNamesTests {
    @Test func `names are forgotten when their life is over`() {
        var names = RecentNames(life: 60)
        let start = Date(timeIntervalSince1970: 1_893_456_000)
        for number in 0..<10_000 { names.note("q\(number)", at: start + Double(number)) }
        #expect(names.count <= 2 * 60 + RecentNames.leastSweep)
        let end = start + 9_999
        #expect((0..<10_000).count { names.holds("q\($0)", at: end) } == 60)
        #expect(!names.holds("q9999", at: start), "a clock that was set back")
    }

    @Test func `what is believed of queues is forgotten when it is too old`() {
        var believed = BelievedFull()
        var now = ContinuousClock.now
        for number in 0..<1000 {
            believed.looked(at: ["q\(number)"], full: ["q\(number)"], began: now)
            now += .milliseconds(10)
        }
        #expect(believed.count <= 5)
        #expect(believed.queues(among: ["q999"], at: now) == ["q999"])
        #expect(believed.queues(among: ["q0"], at: now) == nil)
    }
}

/// Connections that wait for pushes.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct WaitingConnectionsTests {
    let redis: TestRedis

    init() throws { redis = try #require(RedisDatabaseTrait.current) }

    /// How many connections of the kind Redis has on this database.
    private func connections() async throws -> Int {
        let database = " db=\(redis.configuration.database) "
        return try await redis.client.send("CLIENT", "LIST").string().split(separator: "\n")
            .count { $0.contains(" name=schedcu-wait ") && $0.contains(database) }
    }

    @Test func `of many queues that were waited on only the last few keep a connection`() async throws {
        let waiters = QueueWaiters(redis.configuration, logger: redis.logger)
        for number in 0..<40 { try await waiters.wait(for: "list\(number)", timeout: .milliseconds(1)) }
        #expect(waiters.count == QueueWaiters.mostIdle)
        while try await connections() > QueueWaiters.mostIdle {}
        // The last are still connected, so that waiting on them again makes no connection.
        for number in 24..<40 { try await waiters.wait(for: "list\(number)", timeout: .milliseconds(1)) }
        #expect(try await connections() == QueueWaiters.mostIdle)
        await waiters.close()
        while try await connections() > 0 {}
    }

    @Test func `a connection that is waited on is not closed, however many others come`() async throws {
        let waiters = QueueWaiters(redis.configuration, logger: redis.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await waiters.wait(for: "slow", timeout: .seconds(50)) }
            while try await connections() < 1 {}
            for number in 0..<40 { try await waiters.wait(for: "list\(number)", timeout: .milliseconds(1)) }
            #expect(waiters.count == QueueWaiters.mostIdle + 1)
            try await redis.client.send("LPUSH", "slow", "x")
            try await group.waitForAll()
        }
        #expect(waiters.count == QueueWaiters.mostIdle)
        await waiters.close()
    }
}
