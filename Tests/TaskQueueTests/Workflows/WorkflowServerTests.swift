import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Workflows on running servers.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct WorkflowServerTests: ServerSuite {
    let fixture: ServerFixture

    init() throws { fixture = try ServerFixture() }

    /// What handlers did, in order.
    private final class Book: Sendable {
        private let lines = LockedValue<[String]>([])

        func note(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }

    /// A workflow of many roots and a step that waits for all.
    private func fan(_ count: Int, id: String = "f") throws -> Workflow {
        var flow = try Workflow(id: id)
        let parts = try (1...count).map { try flow.add("part\($0)", QueueTask(type: "part")) }
        try flow.add("join", QueueTask(type: "join"), after: parts)
        return flow
    }

    private func awaitState(_ state: WorkflowInfo.State, of id: String = "f") async throws {
        try await until { try await inspector.workflow(id, in: "default").state == state }
    }

    @Test func `a chain of three runs in its order, each step once`() async throws {
        let book = Book()
        let tasks = ["a", "b", "c"].map { (name: $0, task: QueueTask(type: $0)) }
        #expect(try await client.enqueue(.chain(tasks, id: "f")) == "f")
        let handler = ClosureHandler { task, context in book.note("\(task.type) \(context.step?.name ?? "")") }
        try await withServer(handler: handler) { _ in _ = try await outcomes.next(3) }
        #expect(book.all == ["a a", "b b", "c c"])
        #expect(try await inspector.workflow("f", in: "default").state == .succeeded)
    }

    @Test func `after a fan-out of 100 on two servers the join runs exactly once, and last`() async throws {
        let book = Book()
        var flow = try Workflow(id: "f")
        let root = try flow.add("root", QueueTask(type: "root"))
        let parts = try (1...100).map { try flow.add("part\($0)", QueueTask(type: "part"), after: [root]) }
        try flow.add("join", QueueTask(type: "join"), after: parts)
        try await client.enqueue(flow)
        let handler = ClosureHandler { _, context in book.note(context.step?.name ?? "") }
        let setting = configuration { $0.concurrency = 4 }
        try await withServer(setting, handler: handler) { _ in
            try await withServer(setting, handler: handler) { _ in _ = try await outcomes.next(102) }
        }
        #expect(book.all.first == "root")
        #expect(book.all.last == "join")
        #expect(book.all.sorted() == (["root", "join"] + parts).sorted())
        let info = try await inspector.workflow("f", in: "default")
        #expect(info.state == .succeeded)
        #expect(try await queueInfo().processedTotal == 102)
    }

    @Test func `a step reads what its predecessors stored`() async throws {
        let read = Mailbox<[String: [UInt8]]>()
        try await client.enqueue(fan(3))
        let handler = ClosureHandler { task, context in
            guard let step = context.step else { throw TestFailure(description: "no step") }
            if task.type == "join" {
                read.send(try await step.results(of: ["part3", "part1", "part2", "nobody"]))
            } else if step.name != "part2" {
                try await context.resultWriter.write(Array(step.name.utf8))
            }
        }
        try await withServer(handler: handler) { _ in
            #expect(try await read.next() == ["part1": Array("part1".utf8), "part3": Array("part3".utf8)])
            _ = try await outcomes.next(4)
        }
    }

    @Test func `a task that is no step has none`() async throws {
        let steps = Mailbox<Bool>()
        try await client.enqueue(
            QueueTask(type: "t", headers: ["schedcu-workflow": "f", "schedcu-step": "a"]), EnqueueOptions(taskID: "x"))
        let handler = ClosureHandler { _, context in steps.send(context.step == nil) }
        try await withServer(handler: handler) { _ in
            let isNone = try await steps.next()
            #expect(isNone)
        }
    }

    @Test(arguments: [FlakyBroker.Fault.requestLost, .answerLost])
    func `whatever gets lost when a step is completed, its successor starts once`(fault: FlakyBroker.Fault) async throws
    {
        let book = Book()
        let flaky = FlakyBroker(broker)
        flaky.completeFaults.withLock { $0 = Array(repeating: fault, count: 3) }
        try await client.enqueue(fan(4))
        let handler = ClosureHandler { _, context in book.note(context.step?.name ?? "") }
        try await withServer(broker: flaky, handler: handler) { _ in _ = try await outcomes.next(5) }
        #expect(flaky.completeFaults.withLock { $0.isEmpty })
        #expect(book.all.sorted() == ["join", "part1", "part2", "part3", "part4"])
        #expect(book.all.last == "join")
        #expect(try await queueInfo().processedTotal == 5)
        #expect(try await inspector.workflow("f", in: "default").state == .succeeded)
    }

    @Test(arguments: [false, true], [0, 1, 2, 3])
    func `a server that dies at any step's end, before or after it is written, costs no step and doubles none`(
        isWritten: Bool, survived: Int
    ) async throws {
        let book = Book()
        let dead = LockedValue(false)
        let died = Gate()
        let dying = FlakyBroker(broker) { _ in
            if dead.withLock({ $0 }) { throw TestFailure(description: "dead") }
        }
        dying.beforeComplete.withLock {
            $0 = { count, complete in
                guard count >= survived else { return try await complete() }
                if !dead.withLock({ wasDead in
                    defer { wasDead = true }
                    return wasDead
                }), isWritten {
                    _ = try await complete()
                }
                died.open()
                throw TestFailure(description: "dead")
            }
        }
        try await client.enqueue(fan(3))
        let handler = ClosureHandler { _, context in book.note(context.step?.name ?? "") }
        let setting = configuration {
            $0.concurrency = 1
            $0.livenessDuration = .milliseconds(600)
        }
        let first = TaskServer(broker: dying, configuration: setting, logger: fixture.redis.logger)
        let running = Task { try await first.run(handler) }
        try await died.wait()
        try await withServer(setting, handler: handler) { _ in try await awaitState(.succeeded) }
        await first.shutdownNow()
        try await running.value
        // The step at whose end it died may have run again; each was recorded once.
        #expect(Set(book.all) == ["join", "part1", "part2", "part3"])
        #expect(book.all.count == (isWritten ? 4 : 5))
        #expect(book.all.firstIndex(of: "join").map { book.all[..<$0].contains("part3") } == true)
        #expect(try await queueInfo().processedTotal == 4)
        #expect(try await queueInfo().failedTotal == 0)
    }

    @Test func `a server's sweep goes on with what Go workers completed before it started`() async throws {
        let go = GoFleet(redis: redis)
        try await client.enqueue(fan(2))
        for _ in 1...2 { try await go.complete(#require(await go.dequeue())) }
        try await withServer { _ in
            let step = try await outcomes.next().context.step
            #expect(step?.name == "join")
        }
        #expect(try await inspector.workflow("f", in: "default").state == .succeeded)
    }

    @Test func `a step whose payload does not decode is archived, and the workflow says so`() async throws {
        try await client.enqueue(fan(2))
        let handler = ClosureHandler { _, context in
            if context.step?.name == "part2" { throw SkipRetry("the payload does not decode: at `count`") }
        }
        try await withServer(handler: handler) { _ in _ = try await outcomes.next(2) }
        let info = try await inspector.workflow("f", in: "default")
        #expect(info.state == .failed)
        #expect(info.steps.map(\.state) == [.completed, .archived, .waiting])
        #expect(info.step("part2")?.lastError?.contains("does not decode: at `count`") == true)
    }

    @Test func `a workflow cancelled while a step runs ends with that step archived as cancelled`() async throws {
        try await client.enqueue(
            .chain(["a", "b"].map { (name: $0, task: QueueTask(type: $0)) }, id: UUID().uuidString))
        let id = try #require(await inspector.workflows(in: "default").first).id
        try await withServer(handler: waiting()) { _ in
            _ = try await started.next()
            try await inspector.cancelWorkflow(id, in: "default")
            try await expectOutcome(.cancelled)
        }
        let info = try await inspector.workflow(id, in: "default")
        #expect(info.state == .cancelled)
        #expect(info.steps.map(\.state) == [.archived, .waiting])
        #expect(info.step("a")?.lastError == "cancelled")
    }

    @Test
    func `what a workflow leaves when all is over is tasks in asynq's containers, and documented keys that expire`()
        async throws
    {
        try await client.enqueue(fan(3))
        try await withServer { _ in _ = try await outcomes.next(4) }
        let keys = try await redis.storedKeys()
        let ours = keys.keys.filter { $0.hasPrefix("schedcu:") }.sorted()
        #expect(ours == ["schedcu:{default}:workflow:f", "schedcu:{default}:workflows"])
        #expect(keys["schedcu:{default}:workflow:f"]?.expiresAt != nil)
        let go = GoFleet(redis: redis)
        #expect(try await go.ids("completed").count == 4)
        for id in ["f.part1", "f.part2", "f.part3", "f.join"] {
            let task = try #require(await go.task(id))
            #expect(task.state == "completed")
            #expect(
                task.fields.keys.allSatisfy {
                    ["msg", "state", "pending_since"].contains($0) || $0.hasPrefix("schedcu:")
                })
        }
        _ = try await redis.send("DEL", "schedcu:{default}:workflow:f")
        #expect(try await broker.sweepWorkflows(in: "default") == 0)
        #expect(try await redis.storedKeys().keys.allSatisfy { !$0.hasPrefix("schedcu:{") })
    }
}
