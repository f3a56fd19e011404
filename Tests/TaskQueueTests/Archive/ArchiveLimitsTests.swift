import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// How many archived tasks a queue keeps, and for how long.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct ArchiveLimitsTests {
    private let go: GoLayout
    private let fixture: BrokerFixture
    private var inspector: TaskInspector { fixture.inspector }
    private var broker: RedisBroker { fixture.broker }

    init() throws {
        go = try GoLayout(queue: "default")
        fixture = try BrokerFixture()
        fixture.turn(to: 0)
    }

    private func archived() async throws -> [String] {
        try await go.strings("ZRANGE", "asynq:{default}:archived", 0, -1)
    }

    private func hashes() async throws -> [String] {
        try await go.strings("KEYS", "asynq:{default}:t:*").map { String($0.dropFirst(18)) }.sorted()
    }

    @Test func `archive: a queue's age is heeded to the second, for what is archived already too`() async throws {
        for (id, score) in [("a", 0), ("b", 1)] { try await go.put(id, .archived, score: GoLayout.moment + score) }
        try await inspector.setArchiveLimits(ArchiveLimits(count: 10, age: .seconds(3600)), of: "default")
        fixture.turn(to: 3599)
        #expect(try await broker.trimArchive(queue: "default", limit: 100) == 0)
        fixture.turn(to: 3600)
        #expect(try await broker.trimArchive(queue: "default", limit: 100) == 1)
        #expect(try await archived() == ["b"])
        #expect(try await hashes() == ["b"])
    }

    @Test func `archive: an age beyond asynq's keeps longer`() async throws {
        try await go.put("a", .archived, score: GoLayout.moment)
        try await inspector.setArchiveLimits(ArchiveLimits(count: 10, age: .seconds(400 * 86_400)), of: "default")
        fixture.turn(to: 399 * 86_400)
        #expect(try await broker.trimArchive(queue: "default", limit: 100) == 0)
        try await inspector.setArchiveLimits(nil, of: "default")
        #expect(try await broker.trimArchive(queue: "default", limit: 100) == 1)
    }

    @Test func `archive: of more tasks than a queue's count the oldest go`() async throws {
        try await inspector.setArchiveLimits(ArchiveLimits(count: 3, age: .seconds(86_400)), of: "default")
        for index in 0..<5 { try await go.put("\(index)", .archived, score: GoLayout.moment + index) }
        #expect(try await broker.trimArchive(queue: "default", limit: 1) == 1)
        #expect(try await broker.trimArchive(queue: "default", limit: 100) == 1)
        #expect(try await broker.trimArchive(queue: "default", limit: 100) == 0)
        #expect(try await archived() == ["2", "3", "4"])
        #expect(try await hashes() == ["2", "3", "4"])
    }

    @Test func `archive: a worker or a tool that archives a task heeds the queue's count at once`() async throws {
        try await inspector.setArchiveLimits(ArchiveLimits(count: 2, age: .seconds(86_400)), of: "default")
        for index in 0..<2 { try await go.put("\(index)", .archived, score: GoLayout.moment - 10 + index) }
        let run = try await fixture.running(fixture.message("worker")).run
        #expect(try await broker.archive(run, error: "e") == .written)
        #expect(try await archived() == ["1", "worker"])
        fixture.turn(to: 1)
        try await go.put("tool", .scheduled)
        try await inspector.archiveTask("tool", in: "default")
        #expect(try await archived() == ["worker", "tool"])
        fixture.turn(to: 2)
        try await go.fill(.pending, count: 3)
        #expect(try await inspector.archiveAllTasks(in: "default", state: .pending) == 3)
        #expect(try await archived().count == 2)
        #expect(try await hashes() == archived().sorted())
    }

    @Test func `archive: a queue's limits are its own, and asynq's unless they are set`() async throws {
        let limits = ArchiveLimits(count: 5, age: .milliseconds(1500))
        #expect(try await inspector.archiveLimits(of: "default") == .standard)
        #expect(ArchiveLimits.standard == ArchiveLimits(count: 9999, age: .seconds(90 * 86_400)))
        try await inspector.setArchiveLimits(limits, of: "default")
        #expect(try await inspector.archiveLimits(of: "default") == ArchiveLimits(count: 5, age: .seconds(2)))
        #expect(try await inspector.archiveLimits(of: "other") == .standard)
        try await inspector.setArchiveLimits(nil, of: "default")
        #expect(try await inspector.archiveLimits(of: "default") == .standard)
        #expect(try await go.integer("DBSIZE") == 0)
    }

    @Test(arguments: [
        (0, 60), (-1, 60), (ArchiveLimits.largestCount + 1, 60), (1, 0), (1, -1), (1, 36_500 * 86_400 + 1),
    ])
    func `archive: limits that make no sense are refused, and nothing changes`(count: Int, seconds: Int) async throws {
        let limits = ArchiveLimits(count: count, age: .seconds(seconds))
        let code = try await refusal { try await inspector.setArchiveLimits(limits, of: "default") }
        #expect(code == .invalidArgument)
        #expect(try await go.integer("DBSIZE") == 0)
    }

    @Test func `archive: a queue needs a name to have limits`() async throws {
        #expect(try await refusal { try await inspector.setArchiveLimits(.standard, of: " ") } == .invalidArgument)
    }

    @Test(arguments: ["", "x", "-5", "1.5", "0", "1e3", "99999999999999999999"])
    func `archive: limits that nobody can read are an error to ask for, and asynq's hold`(text: String) async throws {
        try await go.client.send(
            "HSET", "schedcu:{default}:limits", "archive-count", .string(text), "archive-seconds", .string(text))
        #expect(try await refusal { try await inspector.archiveLimits(of: "default") } == .malformedLimit)
        guard text != "99999999999999999999" else { return }
        try await go.put("a", .archived, score: GoLayout.moment)
        fixture.turn(to: 90 * 86_400 - 1)
        #expect(try await broker.trimArchive(queue: "default", limit: 100) == 0)
        fixture.turn(to: 90 * 86_400)
        #expect(try await broker.trimArchive(queue: "default", limit: 100) == 1)
    }

    @Test func `archive: settings of another type keep no task from its end`() async throws {
        for key in ["schedcu:{default}:limits", "schedcu:{default}:archive-ends"] as [RedisArgument] {
            try await go.client.send("SET", key, "x")
        }
        #expect(try await refusal { try await inspector.archiveLimits(of: "default") } == .malformedLimit)
        let creation = TaskCreation(message: fixture.message("a"), options: Self.options(seconds: 60))
        #expect(try await broker.create([creation]) == [.created])
        #expect(try await broker.archive(fixture.taken().run, error: "e") == .written)
        fixture.turn(to: 90 * 86_400)
        #expect(try await broker.trimArchive(queue: "default", limit: 100) == 1)
        #expect(try await hashes().isEmpty)
    }

    @Test func `archive: a queue that is removed leaves neither limits nor ends behind`() async throws {
        try await inspector.setArchiveLimits(.standard, of: "default")
        let creation = TaskCreation(message: fixture.message("a"), options: Self.options(seconds: 60))
        #expect(try await broker.create([creation]) == [.created])
        #expect(try await broker.archive(fixture.taken().run, error: "e") == .written)
        #expect(try await go.integer("EXISTS", "schedcu:{default}:limits", "schedcu:{default}:archive-ends") == 2)
        try await inspector.removeQueueWithTasks("default")
        #expect(try await go.integer("EXISTS", "schedcu:{default}:limits", "schedcu:{default}:archive-ends") == 0)
    }

    static func options(seconds: Int64) -> StoredOptions {
        var options = StoredOptions()
        options.archiveSeconds = seconds
        return options
    }
}
