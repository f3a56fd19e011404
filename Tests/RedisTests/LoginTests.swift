import RedisTestSupport
import Testing

@testable import Redis

@Suite(.requiresRedis, .timeLimit(.minutes(1))) struct LoginTests {
    private static let arguments = [
        "--requirepass", "hunter2", "--user", "alice", "on", ">wonder", "~*", "&*", "+@all", "-client",
    ]

    @Test(arguments: [(nil, "hunter2"), ("default", "hunter2"), ("alice", "wonder")] as [(String?, String)])
    func `a right password logs in`(user: String?, password: String) async throws {
        try await RedisServerProcess.withServer(arguments: Self.arguments) { server in
            var configuration = server.configuration
            configuration.username = user
            configuration.password = password
            configuration.database = 5
            let client = RedisClient(configuration, logger: RedisServerProcess.silentLogger)
            #expect(try await client.send("ACL", "WHOAMI").string() == user ?? "default")
            try await client.send("SET", "k", 1)
            #expect(try await client.send("INFO", "keyspace").string().contains("db5:keys=1"))
            await client.close()
        }
    }

    @Test(arguments: [(nil, "wrong-secret"), ("alice", "wrong-secret"), (nil, nil)] as [(String?, String?)])
    func `a wrong password fails at once in Redis's words`(user: String?, password: String?) async throws {
        try await RedisServerProcess.withServer(arguments: Self.arguments) { server in
            var configuration = server.configuration
            configuration.username = user
            configuration.password = password
            configuration.commandTimeout = .seconds(600)
            let client = RedisClient(configuration, logger: RedisServerProcess.silentLogger)
            for _ in 0..<2 {
                let error = await #expect(throws: RedisError.self) { try await client.send("PING") }
                #expect(error?.code == .connectFailed)
                #expect(error?.message.contains(password == nil ? "NOAUTH" : "WRONGPASS") == true)
                #expect(error?.isRetriable == false)
                #expect(error?.description.contains("secret") == false)
            }
            await client.close()
        }
    }

    @Test func `a database that does not exist is refused in Redis's words`() async throws {
        try await RedisServerProcess.withServer { server in
            var configuration = server.configuration
            configuration.database = 99
            let client = RedisClient(configuration, logger: RedisServerProcess.silentLogger)
            let error = await #expect(throws: RedisError.self) { try await client.send("PING") }
            #expect(error?.code == .connectFailed)
            #expect(error?.message.contains("DB index is out of range") == true)
            await client.close()
        }
    }
}
