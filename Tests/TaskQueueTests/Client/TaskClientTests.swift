import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct TaskClientTests: ServerSuite {
    let fixture: ServerFixture

    init() throws { fixture = try ServerFixture() }

    @Test func `an enqueued task is stored as it was described`() async throws {
        let payload = (0...255).map { UInt8($0) }
        let info = try await client.enqueue(
            QueueTask(type: "typ ü", payload: payload, headers: ["k": "v ✓"]),
            EnqueueOptions(queue: "qü", taskID: "id ✓", maxRetry: 3, timeout: .seconds(90), retention: .seconds(60)))
        let stored = try await task("id ✓", in: "qü")
        #expect(stored.payload == payload)
        #expect(stored.headers == ["k": "v ✓"])
        #expect(stored.state == .pending)
        #expect(stored.timeout == .seconds(90))
        #expect(stored.retention == .seconds(60))
        #expect(info.id == stored.id)
        #expect(info.maxRetry == 3)
    }

    @Test func `a scheduled task tells the second of its run, never earlier than asked`() async throws {
        let at = Date(timeIntervalSinceNow: 100.5)
        let info = try await enqueue(EnqueueOptions(processAt: at))
        let stored = try await task(info.id)
        #expect(stored.state == .scheduled)
        #expect(stored.nextProcessAt == info.nextProcessAt)
        #expect(try #require(stored.nextProcessAt) >= at)
    }

    @Test func `a taken id is refused, another queue's is not`() async throws {
        try await enqueue("a")
        await #expect(throws: EnqueueError.taskIDConflict) {
            try await enqueue("a")
        }
        try await enqueue("a", on: "other")
    }

    @Test func `a unique task keeps out its like until it is deleted`() async throws {
        let options = EnqueueOptions(unique: .seconds(60))
        let first = try await client.enqueue(QueueTask(type: "t", payload: [1]), options)
        await #expect(throws: EnqueueError.duplicateTask) {
            try await client.enqueue(QueueTask(type: "t", payload: [1]), options)
        }
        try await client.enqueue(QueueTask(type: "t", payload: [2]), options)
        try await inspector.deleteTask(first.id, in: "default")
        try await client.enqueue(QueueTask(type: "t", payload: [1]), options)
    }

    @Test func `a batch tells what came of each of its tasks`() async throws {
        let results = try await client.enqueue(batch: [
            (QueueTask(type: "t"), EnqueueOptions(taskID: "a")),
            (QueueTask(type: ""), EnqueueOptions()),
            (QueueTask(type: "t"), EnqueueOptions(taskID: "a")),
            (QueueTask(type: "t"), EnqueueOptions(queue: "q2", processIn: .seconds(60), unique: .seconds(5))),
            (QueueTask(type: "t"), EnqueueOptions(queue: "q2", processIn: .seconds(60), unique: .seconds(5))),
        ])
        #expect(try results[0].get().id == "a")
        #expect(throws: EnqueueError.self) { try results[1].get() }
        #expect(throws: EnqueueError.taskIDConflict) { try results[2].get() }
        #expect(try results[3].get().state == .scheduled)
        #expect(throws: EnqueueError.duplicateTask) { try results[4].get() }
        #expect(try await queueInfo().count(.pending) == 1)
    }

    @Test func `item 16: a batch of groups, unique, delayed and plain tasks tells the state or the refusal of each`()
        async throws
    {
        try await enqueue(EnqueueOptions(taskID: "taken", group: "g"))
        let unique = EnqueueOptions(unique: .seconds(60))
        let groupedAndUnique = EnqueueOptions(taskID: "grouped and unique", unique: .seconds(60), group: "g")
        let batch: [(task: QueueTask, options: EnqueueOptions)] = [
            (QueueTask(type: "t"), EnqueueOptions(taskID: "plain")),
            (QueueTask(type: "t"), EnqueueOptions(taskID: "grouped", group: "g")),
            (QueueTask(type: "u", payload: [1]), unique),
            (QueueTask(type: "t"), EnqueueOptions(taskID: "taken")),
            (QueueTask(type: "t"), EnqueueOptions(taskID: "plain", group: "g")),
            (QueueTask(type: "u", payload: [1]), unique),
            (QueueTask(type: "v", payload: [1]), groupedAndUnique),
            (QueueTask(type: "v", payload: [1]), EnqueueOptions(unique: .seconds(60))),
            (QueueTask(type: "t"), EnqueueOptions(taskID: "later", processIn: .seconds(60), group: "g")),
            (QueueTask(type: "t"), EnqueueOptions(taskID: "blank", group: " ")),
            (QueueTask(type: "t"), EnqueueOptions(queue: "other", taskID: "plain")),
        ]
        let told = try await client.enqueue(batch: batch).map { result in
            switch result {
            case .success(let info): info.state.rawValue
            case .failure(let error): error.code.description
            }
        }
        #expect(
            told == [
                "pending", "aggregating", "pending", "taskIDConflict", "taskIDConflict", "duplicateTask", "aggregating",
                "duplicateTask", "scheduled", "invalidGroup", "pending",
            ])
        let info = try await queueInfo()
        #expect(info.count(.pending) == 2 && info.count(.aggregating) == 3 && info.count(.scheduled) == 1)
        #expect(try await queueInfo("other").size == 1)
        try await redis.expectOneContainerEach()
    }

    @Test func `a batch of nothing valid asks nothing of the store`() async throws {
        let results = try await client.enqueue(batch: [(QueueTask(type: ""), EnqueueOptions())])
        #expect(throws: EnqueueError.self) { try results[0].get() }
        #expect(try await inspector.queues().isEmpty)
    }
}
