import RedisTestSupport
import Testing

@testable import Redis

@Suite(.requiresRedis, .timeLimit(.minutes(1))) struct LuaScriptTests {
    private static let append = LuaScript(
        name: "append",
        """
        if ARGV[1] == "bad" then return redis.error_reply("BAD no") end
        return redis.call("RPUSH", KEYS[1], ARGV[1])
        """)

    /// SCRIPT FLUSH concerns the whole server, so these tests have their own.
    private func withClient(_ body: (RedisClient) async throws -> Void) async throws {
        try await RedisServerProcess.withServer { server in
            let client = RedisClient(server.configuration, logger: RedisServerProcess.silentLogger)
            try await body(client)
            await client.close()
        }
    }

    @Test func `a script that Redis has forgotten runs once all the same`() async throws {
        try await withClient { client in
            for expected in 1...2 {
                let length = try await client.evaluate(Self.append, keys: ["l"], arguments: ["a"])
                #expect(length == .integer(Int64(expected)))
            }
            try await client.send("SCRIPT", "FLUSH")
            #expect(try await client.evaluate(Self.append, keys: ["l"], arguments: ["a"]) == .integer(3))
            #expect(try await client.send("LLEN", "l") == .integer(3))
            #expect(try await client.send("SCRIPT", "EXISTS", .string(Self.append.sha1)) == .array([.integer(1)]))
        }
    }

    @Test func `a batch runs each entry once, before and after Redis forgets the script`() async throws {
        try await withClient { client in
            for round in 0..<3 {
                let entries = ["a", "bad", "b"].map { (keys: ["l"], arguments: [RedisArgument($0)]) }
                let replies = try await client.evaluate(Self.append, batch: entries)
                #expect(replies.count == 3)
                #expect(replies[0] == .integer(Int64(round * 2 + 1)))
                #expect(replies[1] == .error("BAD no"))
                #expect(replies[2] == .integer(Int64(round * 2 + 2)))
                if round == 1 { try await client.send("SCRIPT", "FLUSH") }
            }
            #expect(try await client.evaluate(Self.append, batch: []) == [])
        }
    }

    @Test func `a script that does not compile is an error that names it`() async throws {
        try await withClient { client in
            let wrong = LuaScript(name: "wrong", "return (")
            let error = await #expect(throws: RedisError.self) {
                try await client.evaluate(wrong, batch: [(keys: [], arguments: [])])
            }
            #expect(error?.code == .commandRejected)
            #expect(error?.message.contains("wrong") == true)
        }
    }
}
