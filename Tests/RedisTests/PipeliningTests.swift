import RedisTestSupport
import Testing

@testable import Redis

@Suite(.requiresRedis, .timeLimit(.minutes(1))) struct PipeliningTests {
    @Test func `commands issued at the same time travel together`() async throws {
        try await RedisServerProcess.withServer { server in
            let client = RedisClient(server.configuration, logger: RedisServerProcess.silentLogger)
            let before = try await readCount(client)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<100 {
                    group.addTask { for _ in 0..<100 { try await client.send("PING") } }
                }
                try await group.waitForAll()
            }
            #expect(try await readCount(client) - before < 10_000 / 2)
            await client.close()
        }
    }

    /// How often the server has read from a socket.
    private func readCount(_ client: RedisClient) async throws -> Int {
        let stats = try await client.send("INFO", "stats").string()
        let line = try #require(
            stats.split(whereSeparator: \.isNewline).first { $0.hasPrefix("total_reads_processed:") })
        return try #require(Int(line.drop { $0 != ":" }.dropFirst()))
    }
}
