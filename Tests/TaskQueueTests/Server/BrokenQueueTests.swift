import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What is wrong with one queue, or with one part of a server's work, must not stop the rest.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct BrokenQueueTests: ServerSuite {
    let fixture: ServerFixture

    init() throws { fixture = try ServerFixture() }

    func configure(_ configuration: inout TaskServerConfiguration) {
        configuration.queues = ["a": 1, "b": 1]
        configuration.forwarderInterval = .milliseconds(50)
        configuration.janitorInterval = .milliseconds(50)
    }

    @Test func `every element has its turn, and the first error is told`() async throws {
        var seen: [Int] = []
        let error = await #expect(throws: TestFailure.self) {
            try await [1, 2, 3].forEachDespiteErrors { element in
                seen.append(element)
                if element < 3 { throw TestFailure(description: "\(element)") }
            }
        }
        #expect(seen == [1, 2, 3])
        #expect(error?.description == "1")
    }

    @Test(arguments: ["scheduled", "retry", "pending"])
    func `due tasks move though a key of another queue is of another type`(key: String) async throws {
        let broken = RedisKeys(queue: "a")
        let keys = ["scheduled": broken.scheduled, "retry": broken.retry, "pending": broken.pending]
        try await enqueue(EnqueueOptions(queue: "a", taskID: "1", processIn: .milliseconds(1)))
        try await redis.send("SET", .string(try #require(keys[key])), "no container")
        try await enqueue(EnqueueOptions(queue: "b", taskID: "2", processIn: .milliseconds(1)))
        try await withServer { _ in
            var ran = ""
            while ran != "2" { ran = try await outcomes.next().context.taskID }
        }
    }

    @Test func `completed tasks go though a key of another queue is of another type`() async throws {
        try await redis.send("SET", .string(RedisKeys(queue: "a").completed), "no container")
        try await redis.send("SET", .string(RedisKeys(queue: "a").archived), "no container")
        try await enqueue(EnqueueOptions(queue: "b", taskID: "1", retention: .milliseconds(1)))
        try await withServer { _ in
            _ = try await outcomes.next()
            try await until { try await queueInfo("b").size == 0 }
        }
    }

    @Test func `leases are extended though the server's presence cannot be published`() async throws {
        let extended = Mailbox<Void>()
        let broker = FlakyBroker(broker) { call in
            if call == .writeServerState { throw TestFailure(description: "no room for presence") }
            if call == .extendLeases { extended.send(()) }
        }
        let gate = Gate()
        try await enqueue("1", on: "a")
        let handler = ClosureHandler { _, _ in await gate.waitStubbornly() }
        try await withServer(broker: broker, handler: handler) { _ in
            _ = try await extended.next(2)
            gate.open()
            _ = try await outcomes.next()
        }
    }
}
