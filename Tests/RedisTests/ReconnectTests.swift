import RedisTestSupport
import Testing

@testable import Redis

@Suite(.requiresRedis, .timeLimit(.minutes(1))) struct ReconnectTests {
    private func client(_ configuration: RedisConfiguration) -> RedisClient {
        RedisClient(configuration, logger: RedisServerProcess.silentLogger)
    }

    @Test func `a command that times out fails and the next one finds a new connection`() async throws {
        try await RedisServerProcess.withServer { server in
            let client = client(server.configuration)
            let id = try await client.send("CLIENT", "ID").integer()
            server.suspend()
            let error = await #expect(throws: RedisError.self) {
                try await client.send(RedisCommand("PING"), timeout: .milliseconds(100))
            }
            #expect(error?.code == .timedOut)
            #expect(error?.command == "PING")
            server.resume()
            #expect(try await client.send("ECHO", "x").string() == "x")
            #expect(try await client.send("CLIENT", "ID").integer() > id)
            await client.close()
        }
    }

    @Test func `when one command times out, those in flight behind it are lost and not repeated`() async throws {
        try await RedisServerProcess.withServer { server in
            let client = client(server.configuration)
            try await client.send("SET", "n", 0)
            server.suspend()
            async let first = outcome { () throws(RedisError) in
                try await client.send(RedisCommand("INCR", ["n"]), timeout: .milliseconds(200))
            }
            async let second = outcome { () throws(RedisError) in
                try await client.send(RedisCommand("INCR", ["n"]), timeout: .seconds(30))
            }
            let results = await (first, second)
            #expect(throws: RedisError.self) { try results.0.get() }
            let error = #expect(throws: RedisError.self) { try results.1.get() }
            #expect(error?.code == .connectionLost)
            server.resume()
            #expect(try await client.send("GET", "n").integer() <= 2)
            await client.close()
        }
    }

    @Test func `a killed server's commands are lost, later ones wait for its return`() async throws {
        try await RedisServerProcess.withServer { server in
            var configuration = server.configuration
            configuration.database = 3
            configuration.commandTimeout = .seconds(30)
            let client = client(configuration)
            try await client.send("PING")
            let id = try await client.send("CLIENT", "ID").integer()
            let observer = self.client(server.configuration)
            async let inFlight = outcome { () throws(RedisError) in try await client.send("BLPOP", "nothing", 0) }
            try await waitUntil(connection: id, runs: "blpop", seenBy: observer)
            await server.kill()
            let result = await inFlight
            let error = #expect(throws: RedisError.self) { try result.get() }
            #expect(error?.code == .connectionLost)
            async let later = client.send("INCR", "n").integer()
            try await server.start()
            #expect(try await later == 1)
            #expect(try await client.send("CLIENT", "INFO").string().contains(" db=3 "))
            await observer.close()
            await client.close()
        }
    }

    @Test func `a server that is not there fails the call with the system's reason`() async throws {
        try await RedisServerProcess.withServer { server in
            await server.kill()
            var configuration = server.configuration
            configuration.commandTimeout = .milliseconds(300)
            let client = client(configuration)
            let error = await #expect(throws: RedisError.self) { try await client.send("PING") }
            #expect(error?.code == .connectFailed)
            #expect(error?.message.contains("Connection refused") == true)
            #expect(error?.isRetriable == true)
            await client.close()
        }
    }

    @Test func `an unknown host fails the call with the look-up's reason`() async throws {
        var configuration = RedisConfiguration(address: .tcp(host: "no-such-host.invalid", port: 6379))
        configuration.commandTimeout = .seconds(2)
        configuration.connectTimeout = .seconds(1)
        let client = client(configuration)
        let error = await #expect(throws: RedisError.self) { try await client.send("PING") }
        #expect(error?.code == .connectFailed)
        #expect(error?.message.contains("no-such-host.invalid") == true)
        await client.close()
    }

    @Test func `a server that accepts and says nothing ends the attempt after the connect timeout`() async throws {
        try await RedisServerProcess.withServer { server in
            server.suspend()
            var configuration = server.configuration
            configuration.connectTimeout = .milliseconds(300)
            configuration.commandTimeout = .seconds(1)
            let client = client(configuration)
            let error = await #expect(throws: RedisError.self) { try await client.send("PING") }
            #expect(error?.code == .connectFailed)
            #expect(error?.message.contains("within 0.3 seconds") == true)
            server.resume()
            try await client.send("PING")
            await client.close()
        }
    }
}
