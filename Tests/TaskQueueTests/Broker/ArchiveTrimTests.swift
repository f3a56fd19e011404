import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// W9: the archive is trimmed whether or not anything is archived.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct ArchiveTrimTests {
    private let go: GoLayout
    private let broker: RedisBroker

    init() throws {
        go = try GoLayout()
        broker = RedisBroker(
            client: go.client, blockingClientConfiguration: go.redis.configuration,
            clock: { Date(timeIntervalSince1970: Double(GoLayout.moment)) }, logger: go.redis.logger)
    }

    @Test func `W9: archived tasks go with their hashes when 90 days are over, as many as were asked for`() async throws
    {
        let cutoff = GoLayout.moment - 90 * 86_400
        for (id, score) in [("a", cutoff - 1), ("b", cutoff), ("c", cutoff + 1)] {
            try await go.put(id, .archived, score: score)
        }
        #expect(try await broker.trimArchive(queue: "q", limit: 0) == 0)
        #expect(try await broker.trimArchive(queue: "q", limit: -1) == 0)
        #expect(try await broker.trimArchive(queue: "q", limit: 1) == 1)
        #expect(try await go.strings("ZRANGE", "asynq:{q}:archived", 0, -1) == ["b", "c"])
        #expect(try await broker.trimArchive(queue: "q", limit: 100) == 1)
        #expect(try await broker.trimArchive(queue: "q", limit: 100) == 0)
        #expect(try await go.strings("KEYS", "asynq:{q}:t:*") == ["asynq:{q}:t:c"])
    }

    @Test func `W9: of more than 9999 archived tasks the oldest go`() async throws {
        try await go.fill(.archived, count: 10_100, score: GoLayout.moment - 20_000, step: 1)
        #expect(try await broker.trimArchive(queue: "q", limit: 1000) == 101)
        #expect(try await go.strings("ZRANGE", "asynq:{q}:archived", 0, 0) == ["t000101"])
        #expect(try await go.strings("KEYS", "asynq:{q}:t:*").count == 9999)
    }

    @Test func `W9: a server's janitor trims 9000 tasks that expired at once, while nothing is archived`() async throws
    {
        try await go.fill(.archived, count: 9000, score: GoLayout.moment - 91 * 86_400)
        try await go.put("young", .archived, score: GoLayout.moment)
        let catalog = QueueCatalog(
            broker: broker, selection: ["q": 1], isStrict: false, interval: .seconds(60), logger: go.redis.logger,
            onChange: {})
        let janitor = Janitor(broker: broker, catalog: catalog, interval: .milliseconds(1), logger: go.redis.logger)
        let running = Task { await janitor.run() }
        while try await go.integer("ZCARD", "asynq:{q}:archived") > 1 { await Task.yield() }
        running.cancel()
        await running.value
        #expect(try await go.strings("KEYS", "asynq:{q}:t:*") == ["asynq:{q}:t:young"])
    }
}
