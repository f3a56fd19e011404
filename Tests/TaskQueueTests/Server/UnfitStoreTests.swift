import ConcurrencySupport
import Foundation
import Logging
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What a server does at its start with what the store says of itself.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct UnfitStoreTests: ServerSuite {
    let fixture: ServerFixture
    private let log = LockedValue<[String]>([])

    init() throws { fixture = try ServerFixture() }

    /// A server on a store that says so of itself.
    private func server(version: String, evictionPolicy: String?) -> TaskServer {
        var logger = Logger(label: "test") { [log] _ in RecordingLogHandler(log: log) }
        logger.logLevel = .warning
        let facts = StoreFacts(info: "redis_version:\(version)", evictionPolicy: evictionPolicy)
        return TaskServer(
            broker: FlakyBroker(broker, facts: facts), configuration: configuration(), logger: logger)
    }

    @Test(arguments: ["6.0.16", "5.0.7"])
    func `W25: a server refuses to start on a Redis that is too old, takes nothing and says what to do`(
        version: String
    ) async throws {
        try await enqueue("a")
        let server = server(version: version, evictionPolicy: "noeviction")
        let error = try await #require(throws: TaskServerError.self) {
            try await server.run(ClosureHandler { _, _ in #expect(Bool(false), "it ran") })
        }
        #expect(error.code == .storeUnfit)
        #expect(error.description.contains("Redis is version \(version.prefix(3)), and 6.2 or later is needed"))
        #expect(error.description.contains("upgrade it"))
        #expect(server.status == "closed")
        #expect(try await task("a").state == .pending)
        #expect(try await inspector.servers().isEmpty)
        await server.shutdown()
        await broker.close()
    }

    @Test func `W25: on a Redis that evicts keys a server works, and warns`() async throws {
        let warnings = try await warnings(of: server(version: "6.2.0", evictionPolicy: "allkeys-lru"))
        #expect(warnings.contains { $0.contains("maxmemory-policy is allkeys-lru; set noeviction") })
    }

    @Test func `W25: on a Redis that is fit, or says nothing of itself, a server has nothing to say`() async throws {
        #expect(try await warnings(of: server(version: "6.2.0", evictionPolicy: "noeviction")) == [])
        #expect(try await warnings(of: server(version: "unstable", evictionPolicy: nil)) == [])
    }

    /// What a server that runs one task logs about evictions.
    private func warnings(of server: TaskServer) async throws -> [String] {
        let done = Mailbox<Void>()
        try await enqueue("a")
        try await fixture.withRunning(server, handler: ClosureHandler { _, _ in done.send(()) }) {
            try await done.next()
        }
        return log.withLock { $0.filter { $0.contains("maxmemory") } }
    }
}
