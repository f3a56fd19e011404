import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

/// `asyrq`, which calls itself a port of asynq to Python: it does not speak asynq's wire in any version.
///
/// Since 0.1.2 its keys begin with `asyrq:` and name the task's type, so it meets no fleet of asynq's at all. 0.1.0 and
/// 0.1.1 use asynq's names, and differ from the golden vectors in all else:
/// - `msg` is JSON with the payload in base64, not protobuf;
/// - `lease` is a hash of nanoseconds, not a sorted set of seconds, and a score is in nanoseconds too;
/// - a unique key is made with SHA-256, the counters have no days, a snapshot is JSON.
///
/// A worker of these versions makes a queue unusable for Go and for us: never let one near a fleet.
@Suite(.requiresForeignClients, .requiresRedis, .redisDatabase, .timeLimit(.minutes(2))) struct AsyrqTests {
    private let fixture: InteropFixture
    private let client: TaskClient

    init() throws {
        let fixture = try InteropFixture()
        self.fixture = fixture
        client = TaskClient(broker: fixture.broker)
    }

    private func asyrq(_ arguments: String...) async throws -> [String] {
        try await PythonDriver.run("run_asyrq.py", [fixture.redis.url, "default"] + arguments)
    }

    @Test func `asyrq's producer writes nothing under asynq's prefix`() async throws {
        #expect(try await asyrq("enqueue", "email:send").count == 1)
        let keys = try await fixture.keys()
        #expect(keys.count == 3)
        #expect(keys.allSatisfy { $0.hasPrefix("asyrq:") }, "\(keys)")
        #expect(try await fixture.inspector.queues().isEmpty)
    }

    @Test func `asyrq's worker does not see our task, and ours runs it afterwards`() async throws {
        let info = try await client.enqueue(QueueTask(type: "email:send", payload: Array("ours".utf8)))
        #expect(try await asyrq("work", "email:send") == [#"{"from": "asyrq"}"#])
        #expect(try await fixture.inspector.task(info.id, in: "default").state == .pending)
        let runs = try await fixture.work(1, queue: "default")
        #expect(runs.map(\.id) == [info.id])
    }

    @Test func `a message of asyrq 0.1-1 is set aside, and our worker runs the tasks behind it`() async throws {
        let id = try #require(await asyrq("enqueue-by-name").first)
        let stored = try await fixture.fields(id, in: "default")
        #expect(Set(stored.keys) == Set(try VectorTask.named("immediate").fields.keys))
        #expect(stored["msg"]?.first == UInt8(ascii: "{"), "Go's message is protobuf")
        let info = try await client.enqueue(QueueTask(type: "t"))
        #expect(try await fixture.work(1, queue: "default").map(\.id) == [info.id])
        let quarantine = try await fixture.redis.client.send("LRANGE", "schedcu:{default}:quarantine", 0, -1).array()
        #expect(try quarantine.map { try $0.string() } == [id])
        #expect(try await fixture.fields(id, in: "default")["msg"] == stored["msg"], "nothing is thrown away")
    }

    @Test func `a worker of asyrq 0.1-1 cannot read our task, and leaves a lease that is not Go's`() async throws {
        let info = try await client.enqueue(QueueTask(type: "t", payload: [0xFF]))
        #expect(try await asyrq("take-by-name") == ["UnicodeDecodeError"])
        #expect(try await fixture.redis.client.send("TYPE", "asynq:{default}:lease") == .status("hash"))
        let active = try await fixture.redis.client.send("LRANGE", "asynq:{default}:active", 0, -1).array()
        #expect(try active.map { try $0.string() } == [info.id])
        // The way out: what it left is deleted by hand, the task goes back to its list and runs.
        try await fixture.redis.client.send("DEL", "asynq:{default}:lease")
        try await fixture.redis.client.send(
            "LMOVE", "asynq:{default}:active", "asynq:{default}:pending", "RIGHT", "RIGHT")
        #expect(try await fixture.work(1, queue: "default").map(\.id) == [info.id])
    }
}
