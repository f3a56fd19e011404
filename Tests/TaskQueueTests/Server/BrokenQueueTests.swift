import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What is wrong with one queue, or with one part of a server's work, must not stop the rest.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct BrokenQueueTests {
    private let fixture: ServerFixture
    private let outcomes = Outcomes()

    init() throws { fixture = try ServerFixture() }

    private func configuration(_ queues: QueueSelection) -> TaskServerConfiguration {
        ServerFixture.configuration {
            $0.queues = queues
            $0.forwarderInterval = .milliseconds(50)
            $0.janitorInterval = .milliseconds(50)
            $0.report(to: outcomes)
        }
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
        try await fixture.client.enqueue(
            QueueTask(type: "t"), EnqueueOptions(queue: "a", taskID: "1", processIn: .milliseconds(1)))
        try await fixture.redis.client.send("SET", .string(try #require(keys[key])), "no container")
        try await fixture.client.enqueue(
            QueueTask(type: "t"), EnqueueOptions(queue: "b", taskID: "2", processIn: .milliseconds(1)))
        try await fixture.withServer(configuration(["a": 1, "b": 1]), handler: ClosureHandler { _, _ in }) { _ in
            var ran = ""
            while ran != "2" { ran = try await outcomes.next().context.taskID }
        }
    }

    @Test func `completed tasks go though a key of another queue is of another type`() async throws {
        try await fixture.redis.client.send("SET", .string(RedisKeys(queue: "a").completed), "no container")
        try await fixture.redis.client.send("SET", .string(RedisKeys(queue: "a").archived), "no container")
        try await fixture.client.enqueue(
            QueueTask(type: "t"), EnqueueOptions(queue: "b", taskID: "1", retention: .milliseconds(1)))
        try await fixture.withServer(configuration(["a": 1, "b": 1]), handler: ClosureHandler { _, _ in }) { _ in
            _ = try await outcomes.next()
            while try await fixture.inspector.queueInfo(for: "b").size > 0 {}
        }
    }

    @Test func `leases are extended though the server's presence cannot be published`() async throws {
        let extended = Mailbox<Void>()
        let broker = FlakyBroker(fixture.broker, doneFaults: []) { call in
            if call == .writeServerState { throw TestFailure(description: "no room for presence") }
            if call == .extendLeases { extended.send(()) }
        }
        let gate = Gate()
        try await fixture.client.enqueue(QueueTask(type: "t"))
        let handler = ClosureHandler { _, _ in await gate.waitStubbornly() }
        try await fixture.withServer(configuration(["default": 1]), broker: broker, handler: handler) { _ in
            _ = try await extended.next(2)
            gate.open()
            _ = try await outcomes.next()
        }
    }
}
