import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite(.requiresRedis, .timeLimit(.minutes(1))) struct StoreFactsTests {
    @Test(arguments: [
        ("redis_version:6.0.16", true), ("redis_version:5.9", true), ("redis_version:6.2.0", false),
        ("redis_version:7.0.15", false), ("redis_version:10.1.0", false), ("redis_version:unstable", false),
        ("", false),
    ])
    func `W25: a Redis that is too old is refused by name, and one that does not tell is taken`(
        line: String, isRefused: Bool
    ) {
        let facts = StoreFacts(info: "# Server\r\n\(line)\r\nredis_mode:standalone\r\n", evictionPolicy: nil)
        #expect((facts.refusal?.contains("6.2 or later is needed") ?? false) == isRefused)
        #expect(facts.warning == nil)
    }

    @Test func `W25: a Redis that evicts keys is told of, whatever it is called`() async throws {
        try await RedisServerProcess.withServer(arguments: ["--maxmemory-policy", "allkeys-lru"]) { server in
            let broker = RedisBroker(server.configuration, logger: RedisServerProcess.silentLogger)
            let facts = try await broker.storeFacts()
            #expect(facts.warning?.contains("allkeys-lru") == true)
            #expect(facts.refusal == nil)
            #expect(facts.version != nil)
            await broker.close()
        }
    }

    @Test func `W25: a Redis that forbids the questions is taken as it is`() async throws {
        let arguments = ["--rename-command", "CONFIG", "", "--rename-command", "INFO", ""]
        try await RedisServerProcess.withServer(arguments: arguments) { server in
            let broker = RedisBroker(server.configuration, logger: RedisServerProcess.silentLogger)
            let facts = try await broker.storeFacts()
            #expect(facts == StoreFacts(info: "", evictionPolicy: nil))
            await broker.close()
        }
    }
}
