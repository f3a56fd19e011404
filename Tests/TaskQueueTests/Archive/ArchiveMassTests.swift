import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// 100,000 archived tasks that expire at once.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(3))) struct ArchiveMassTests {
    private static let count = 100_000
    private let go: GoLayout
    private let fixture: BrokerFixture
    private var broker: RedisBroker { fixture.broker }
    private let archived: RedisArgument = "asynq:{default}:archived"
    private let ends: RedisArgument = "schedcu:{default}:archive-ends"

    init() throws {
        go = try GoLayout(queue: "default")
        fixture = try BrokerFixture()
        fixture.turn(to: 0)
    }

    /// All of them expired, half by the queue's age and half by their own retention; and one task that stays.
    private func fill(_ count: Int = Self.count) async throws {
        let step = 5000
        for first in stride(from: 0, to: count, by: step) {
            let hasRetention = first >= count / 2
            let score = hasRetention ? GoLayout.moment - 60 : GoLayout.moment - 90 * 86_400
            try await go.fill(.archived, count: step, score: score, first: first)
            guard hasRetention else { continue }
            let ids = (first..<first + step).map { "t" + String(String(1_000_000 + $0).dropFirst()) }
            let replies = try await go.client.pipeline(
                ids.map { RedisCommand("HSET", [.string("asynq:{default}:t:\($0)"), "schedcu:options", "1;a=60;"]) }
                    + [RedisCommand("ZADD", [ends] + ids.flatMap { [.int(GoLayout.moment), .string($0)] })])
            #expect(replies.last == .integer(Int64(step)))
        }
        try await go.put("young", .archived, score: GoLayout.moment)
    }

    /// One task's life in the same queue.
    private func work(_ id: String) async throws {
        #expect(try await broker.create(fixture.message(id), placement: .pending, uniqueFor: nil) == .created)
        #expect(try await broker.done(fixture.taken().run) == .written)
    }

    @Test func `archive: 100,000 tasks that expire at once go in small steps between which all else goes on`()
        async throws
    {
        try await fill()
        var left = try await go.integer("ZCARD", archived)
        #expect(left == Self.count + 1)
        // A task that is archived meanwhile takes a bounded number with it.
        let run = try await fixture.running(fixture.message("new")).run
        #expect(try await broker.archive(run, error: "e") == .written)
        let now = try await go.integer("ZCARD", archived)
        #expect(left + 1 - now == ArchiveLimits.trimmedByArchiving)
        left = now
        var turns = 0
        while try await broker.trimArchive(queue: "default", limit: Janitor.batchLimit) > 0 {
            let now = try await go.integer("ZCARD", archived)
            #expect(left - now <= Janitor.batchLimit)
            left = now
            turns += 1
            guard turns.isMultiple(of: 100) else { continue }
            try await work("\(turns)")
            // What a tool reads is whole at any moment: every task that is listed is there.
            let inspector = go.inspector()
            let info = try await inspector.queueInfo(for: "default")
            #expect(info.count(.archived) == left)
            #expect(
                try await inspector.tasks(in: "default", state: .archived, page: 1, size: 50).count == min(50, left))
            let hashes = try await go.integer("DBSIZE")
            #expect((left...left + 10).contains(hashes), "a hash for every entry, and the queue's few keys")
        }
        #expect(turns >= Self.count / Janitor.batchLimit - 2)
        #expect(try await go.strings("ZRANGE", archived, 0, -1).sorted() == ["new", "young"])
        #expect(
            try await go.strings("KEYS", "asynq:{default}:t:*").sorted()
                == ["asynq:{default}:t:new", "asynq:{default}:t:young"])
        #expect(try await go.integer("EXISTS", ends) == 0)
    }

    @Test func `archive: a server's janitor deletes 10,000 tasks that expired at once while it works`() async throws {
        try await fill(10_000)
        let server = try ServerFixture()
        let past = fixture.redis.broker { [clock = fixture.clock] in clock.now }
        let configuration = ServerFixture.configuration { $0.report(to: server.outcomes) }
        let broker = FlakyBroker(past)
        try await server.withServer(configuration, broker: broker, handler: ClosureHandler { _, _ in }) { _ in
            var runs = 0
            while try await go.integer("ZCARD", archived) > 1 {
                #expect(
                    try await past.create(fixture.message("r\(runs)"), placement: .pending, uniqueFor: nil) == .created)
                #expect(try await server.outcomes.next().outcome.kind == .succeeded)
                runs += 1
            }
            #expect(runs > 0)
        }
        await past.close()
        #expect(try await go.strings("KEYS", "asynq:{default}:t:*") == ["asynq:{default}:t:young"])
        #expect(try await go.integer("EXISTS", ends) == 0)
    }
}
