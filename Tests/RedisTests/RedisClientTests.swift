import Logging
import RedisTestSupport
import Testing

@testable import Redis

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct RedisClientTests {
    let redis: TestRedis
    var client: RedisClient { redis.client }

    init() throws { redis = try #require(RedisDatabaseTrait.current) }

    @Test(arguments: [[], [0], [0, 255, 13, 10, 0], Array(0...255)] as [[UInt8]])
    func `bytes survive unchanged`(blob: [UInt8]) async throws {
        try await client.send("SET", "k", .bytes(blob))
        #expect(try await client.send("GET", "k").bytes() == blob)
    }

    @Test(arguments: [1, 20]) func `a value of many MiB survives unchanged`(mebibytes: Int) async throws {
        let blob = (0..<mebibytes << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 11) }
        async let other = client.send("INCR", "n").integer()
        try await client.send("SET", "k", .bytes(blob))
        #expect(try await client.send("GET", "k").bytes() == blob)
        #expect(try await other == 1)
    }

    @Test func `each of 1000 concurrent callers gets its own replies, in order`() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for caller in 0..<1000 {
                group.addTask { [client] in
                    for round in 0..<5 {
                        let text = "\(caller)-\(round)"
                        let key = RedisArgument("k\(caller)")
                        guard try await client.send("ECHO", .string(text)).string() == text else { return false }
                        guard try await client.send("INCR", key).integer() == Int64(round + 1) else { return false }
                    }
                    return true
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test func `a pipeline's commands run together and its errors stay in place`() async throws {
        try await withThrowingTaskGroup(of: [RedisReply].self) { group in
            for _ in 0..<50 {
                group.addTask { [client] in
                    try await client.pipeline([
                        RedisCommand("SET", ["x", "a"]), RedisCommand("INCR", ["x"]), RedisCommand("DEL", ["x"]),
                    ])
                }
            }
            for try await replies in group {
                #expect(replies.count == 3)
                #expect(replies[0] == .status("OK"))
                #expect(replies[1] == .error("ERR value is not an integer or out of range"))
                #expect(replies[2] == .integer(1))
            }
        }
        #expect(try await client.pipeline([]) == [])
    }

    @Test func `a pipeline of 20000 commands is answered in order`() async throws {
        let replies = try await client.pipeline((0..<20_000).map { RedisCommand("ECHO", [.int($0)]) })
        #expect(try replies.map { try $0.integer() } == (0..<20_000).map(Int64.init))
    }

    @Test func `an error reply is thrown with the command's name and without its values`() async throws {
        let error = await #expect(throws: RedisError.self) { try await client.send("NOSUCH", "secret") }
        #expect(error?.code == .commandRejected)
        #expect(error?.command == "NOSUCH")
        #expect(error?.description.contains("unknown command") == true)
        #expect(error?.description.contains("secret") == false)
    }

    @Test func `the connection has its name and the configured database`() async throws {
        let name = try await client.send("CLIENT", "GETNAME").string()
        let info = try await client.send("CLIENT", "INFO").string()
        #expect(name == "test")
        #expect(info.contains(" db=\(redis.configuration.database) "))
    }

    @Test func `a cancelled call ends at once and leaves the connection in step`() async throws {
        let id = try await client.send("CLIENT", "ID").integer()
        let call = Task { [client] in
            await outcome { () throws(RedisError) in
                try await client.send(RedisCommand("BLPOP", ["nothing", 0]), timeout: .seconds(50))
            }
        }
        // Another connection sees the command wait, then lets it end only after the call has.
        let other = RedisClient(redis.configuration, logger: redis.logger)
        try await waitUntil(connection: id, runs: "blpop", seenBy: other)
        call.cancel()
        guard case .failure(let error) = await call.value else {
            Issue.record("the call did not fail")
            return
        }
        #expect(error.code == .cancelled)
        try await other.send("RPUSH", "nothing", "late")
        #expect(try await client.send("ECHO", "next").string() == "next")
        #expect(try await client.send("CLIENT", "ID").integer() == id)
        await other.close()
    }

    @Test func `a call of a cancelled task is never sent`() async throws {
        let call = Task { [client] in
            withUnsafeCurrentTask { $0?.cancel() }
            return await outcome { () throws(RedisError) in try await client.send("INCR", "n") }
        }
        #expect(
            await call.value
                == .failure(
                    RedisError(.cancelled, "the task was cancelled before the command was sent", command: "INCR")))
        #expect(try await client.send("EXISTS", "n").integer() == 0)
    }

    @Test func `a blocking command works with a longer timeout`() async throws {
        var configuration = redis.configuration
        configuration.commandTimeout = .milliseconds(200)
        let blocking = RedisClient(configuration, logger: redis.logger)
        #expect(try await blocking.send(RedisCommand("BLPOP", ["list", "0.4"]), timeout: .seconds(30)) == .null)
        await blocking.close()
    }

    @Test func `after close every call fails, the waiting one too`() async throws {
        let client = RedisClient(redis.configuration, logger: redis.logger)
        let id = try await client.send("CLIENT", "ID").integer()
        let waiting = Task {
            await outcome { () throws(RedisError) in
                try await client.send(RedisCommand("BLPOP", ["nothing", 0]), timeout: .seconds(50))
            }
        }
        try await waitUntil(connection: id, runs: "blpop", seenBy: redis.client)
        await client.close()
        guard case .failure(let error) = await waiting.value else {
            Issue.record("the waiting call did not fail")
            return
        }
        #expect(error.code == .closed)
        let later = await #expect(throws: RedisError.self) { try await client.send("PING") }
        #expect(later?.code == .closed)
        await client.close()
    }

    @Test func `a client that was never closed gives its connection up`() async throws {
        let name = "short-lived-\(redis.configuration.database)"
        do {
            let client = RedisClient(redis.configuration, name: name, logger: redis.logger)
            try await client.send("PING")
        }
        while try await client.send("CLIENT", "LIST").string().contains("name=\(name) ") {}
    }
}
