import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

/// `py-asynq` 0.0.4, a producer of 2021: Go's messages in the hash of asynq 0.18.
///
/// Beside the golden vectors it differs so, and the vectors win:
/// - the hash has the fields `timeout` and `deadline`, which are in the message, and no `pending_since`: Go and we show
///   a latency of 0 for its tasks;
/// - the score of a delayed task has a fraction: asynq of its age and asynqmon fail on it, newer Go and we take it;
/// - it never looks whether an id is taken (its ids are random), and its `unique_ttl` is an error of Redis's, because it
///   calls its script with the wrong keys; nothing but the queue's name is left then.
@Suite(.requiresForeignClients, .requiresRedis, .redisDatabase, .timeLimit(.minutes(2))) struct PyAsynqTests {
    private let fixture: InteropFixture

    init() throws { fixture = try InteropFixture() }

    private func produce(_ arguments: String...) async throws -> [String] {
        try await PythonDriver.run("produce_py_asynq.py", [fixture.redis.url, "default"] + arguments)
    }

    private func ids(_ name: String) async throws -> [String] {
        let reply = try await fixture.redis.client.send(
            name == "pending" ? "LRANGE" : "ZRANGE", .string("asynq:{default}:\(name)"), 0, -1)
        return try reply.array().map { try $0.string() }
    }

    @Test func `py-asynq leaves Go's keys and Go's message, and a hash of an earlier asynq`() async throws {
        _ = try await produce("1")
        let id = try #require(await ids("pending").first)
        let golden = try VectorTask.named("immediate")
        #expect(
            try await fixture.keys() == golden.keys.map { $0.replacing(golden.id, with: id) }.sorted())
        let fields = try await fixture.fields(id, in: "default")
        #expect(fields["state"] == golden.fields["state"])
        #expect(
            Set(fields.keys).symmetricDifference(golden.fields.keys) == ["timeout", "deadline", "pending_since"])
        #expect(fields["timeout"] == Array("1800".utf8) && fields["deadline"] == Array("0".utf8))

        // The message is Go's but for what the task is.
        let bytes = try #require(fields["msg"])
        var expected = try TaskMessage(decoding: try #require(golden.fields["msg"]))
        (expected.id, expected.type, expected.payload) = (id, "python:now", Array(#"{"number": 0}"#.utf8))
        #expect(try TaskMessage(decoding: bytes) == expected)
        #expect(try expected.encoded() == bytes)
    }

    @Test func `our worker runs what py-asynq enqueued, oldest first`() async throws {
        _ = try await produce("20")
        #expect(try await fixture.inspector.queueInfo(for: "default").count(.pending) == 20)
        let runs = try await fixture.work(20, queue: "default")
        #expect(runs.map(\.task.type) == Array(repeating: "python:now", count: 20))
        #expect(runs.map(\.task.payload) == (0..<20).map { Array("{\"number\": \($0)}".utf8) })
        let info = try await fixture.inspector.queueInfo(for: "default")
        #expect(info.processedTotal == 20)
        #expect(info.size == 0)
    }

    @Test func `we move py-asynq's delayed task, whose score has a fraction, not before its moment, and run it`()
        async throws
    {
        let second = Date().timeIntervalSince1970.rounded() + 500
        _ = try await produce("later", "\(second + 0.25)")
        let id = try #require(await ids("scheduled").first)
        let score = try await fixture.redis.client.send("ZSCORE", "asynq:{default}:scheduled", .string(id)).string()
        #expect(Double(score) == second + 0.25)
        #expect(Int(score) == nil, "Go's scores are whole numbers")
        #expect(try await fixture.inspector.task(id, in: "default").maxRetry == 3)
        for (late, moved) in [(0.2, 0), (1, 1)] {
            let broker = RedisBroker(
                client: fixture.redis.client, blockingClientConfiguration: fixture.redis.configuration,
                clock: { Date(timeIntervalSince1970: second + late) }, logger: fixture.redis.logger)
            #expect(try await broker.forward(queue: "default") == moved)
            await broker.close()
        }
        #expect(try await fixture.work(1, queue: "default").map(\.id) == [id])
    }

    @Test func `py-asynq's lock is an error and leaves no task`() async throws {
        #expect(try await produce("unique") == ["ResponseError"])
        #expect(try await fixture.keys() == ["asynq:queues"])
    }
}
