import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct TaskServerOutcomeTests: ServerSuite {
    let fixture: ServerFixture

    init() throws { fixture = try ServerFixture() }

    @Test func `a handler sees the task and its run`() async throws {
        let seen = Mailbox<(QueueTask, TaskContext)>()
        let enqueued = QueueTask(type: "t", payload: [7])
        let options = EnqueueOptions(taskID: "a", maxRetry: 4, timeout: .seconds(50))
        _ = try await outcome(of: enqueued, options) { seen.send(($0, $1)) }
        let (task, context) = try await seen.next()
        #expect(task == enqueued)
        #expect(context.taskID == "a")
        #expect(context.queue == "default")
        #expect(context.maxRetry == 4)
        #expect(context.retried == 0)
        #expect(context.deliveries == 1)
        #expect(context.workerID.hasSuffix(":\(ProcessInfo.processInfo.processIdentifier)"))
        #expect((0...50).contains(context.deadline.timeIntervalSinceNow))
    }

    @Test func `success without retention leaves the counters only`() async throws {
        let result = try await outcome { _, _ in }
        #expect(result.kind == .succeeded)
        let info = try await queueInfo()
        #expect(info.size == 0)
        #expect(info.processedTotal == 1)
        #expect(info.processedToday == 1)
        #expect(info.failedTotal == 0)
        await #expect(throws: InspectorError.self) { try await task("a") }
    }

    @Test func `success with retention keeps the task and its result`() async throws {
        let options = EnqueueOptions(taskID: "a", retention: .seconds(60))
        _ = try await outcome(options) { _, context in
            try await context.resultWriter.write([1])
            try await context.resultWriter.write([2, 0, 255])
        }
        let task = try await task("a")
        #expect(task.state == .completed)
        #expect(task.result == [2, 0, 255])
        #expect(task.completedAt != nil)
    }

    @Test func `a failure waits for its retry with the error's text`() async throws {
        let policy = RetryPolicy { retried, _, _ in .seconds(1000 + retried) }
        let result = try await outcome(configuration: configuration { $0.retryPolicy = policy }) { _, _ in
            throw TestFailure(description: "boom ✗")
        }
        guard case .retrying(let error, let at, let left) = result else {
            return #expect(Bool(false), "\(result)")
        }
        #expect("\(error)" == "boom ✗")
        #expect(left == 24)
        let task = try await task("a")
        #expect(task.state == .retry)
        #expect(task.retried == 1)
        #expect(task.lastError == "boom ✗")
        #expect(task.nextProcessAt == at)
        #expect((990...1001).contains(at.timeIntervalSinceNow))
    }

    @Test func `U16: when a failed task runs again says the policy of its type`() async throws {
        let configuration = configuration {
            $0.retryPolicy = .byType(
                ["mail:": RetryPolicy { retried, _, _ in .seconds(1000 + retried) }],
                otherwise: RetryPolicy { _, _, _ in .seconds(5000) })
        }
        for type in ["mail:welcome", "report"] {
            try await client.enqueue(QueueTask(type: type), EnqueueOptions(taskID: type))
        }
        let before = Date()
        let handler = ClosureHandler { _, _ in throw TestFailure(description: "no") }
        try await withServer(configuration, handler: handler) { _ in _ = try await outcomes.next(2) }
        let after = Date()
        for (type, seconds) in [("mail:welcome", 1000), ("report", 5000)] as [(String, TimeInterval)] {
            let next = try #require(await task(type).nextProcessAt)
            // The score is rounded up to the next second.
            #expect(next >= before + seconds && next < after + seconds + 1, "\(type)")
        }
    }

    @Test func `an error that is no failure costs no retry and is not counted`() async throws {
        _ = try await outcome(configuration: configuration { $0.isFailure = { !($0 is TestFailure) } }) { _, _ in
            throw TestFailure(description: "later")
        }
        let task = try await task("a")
        #expect(task.retried == 0)
        #expect(task.lastError == "later")
        #expect(try await queueInfo().processedTotal == 0)
    }

    @Test func `the last failure archives`() async throws {
        let result = try await outcome(EnqueueOptions(taskID: "a", maxRetry: 0)) { _, _ in
            throw TestFailure(description: "boom")
        }
        #expect(result.kind == .archived)
        #expect(try await task("a").state == .archived)
        #expect(try await queueInfo().failedTotal == 1)
    }

    @Test func `SkipRetry archives at once with the text of what it wraps`() async throws {
        _ = try await outcome { _, _ in throw SkipRetry(TestFailure(description: "hopeless")) }
        let task = try await task("a")
        #expect(task.state == .archived)
        #expect(task.lastError == "hopeless")
    }

    @Test func `RevokeTask deletes despite retention and counts as processed`() async throws {
        let result = try await outcome(EnqueueOptions(taskID: "a", retention: .seconds(60))) { _, _ in
            throw RevokeTask()
        }
        #expect(result.kind == .revoked)
        let info = try await queueInfo()
        #expect(info.size == 0)
        #expect(info.processedTotal == 1)
        #expect(info.failedTotal == 0)
    }

    @Test(arguments: ["failure", "skip", "revoke"])
    func `item 26: the error handler sees every error while the task is still active`(kind: String) async throws {
        let states = Mailbox<TaskState>()
        let configuration = configuration {
            $0.errorHandler = { [inspector] _, context, _ in
                if let task = try? await inspector.task(context.taskID, in: context.queue) { states.send(task.state) }
            }
        }
        _ = try await outcome(configuration: configuration) { _, _ in
            switch kind {
            case "skip": throw SkipRetry("no")
            case "revoke": throw RevokeTask()
            default: throw TestFailure(description: "no")
            }
        }
        #expect(try await states.next() == .active)
    }

    @Test func `item 27: a run that takes too long is cancelled and fails with asynq's words`() async throws {
        let result = try await outcome(EnqueueOptions(taskID: "a", timeout: .seconds(1))) { _, _ in
            try await Gate().wait()
        }
        #expect(result.kind == .retrying)
        #expect(try await task("a").lastError == "context deadline exceeded")
    }

    @Test func `item 27: a task past its deadline fails without running`() async throws {
        let ran = Mailbox<Bool>()
        let options = EnqueueOptions(taskID: "a", maxRetry: 0, deadline: Date(timeIntervalSinceNow: -5))
        _ = try await outcome(options) { _, _ in ran.send(true) }
        ran.send(false)
        #expect(try await ran.next() == false)
        #expect(try await task("a").lastError == "context deadline exceeded")
    }

    @Test func `a task nobody handles fails like any other`() async throws {
        try await client.enqueue(QueueTask(type: "x"), EnqueueOptions(taskID: "a"))
        try await withServer(handler: ServeMux()) { _ in _ = try await outcomes.next() }
        let task = try await task("a")
        #expect(task.state == .retry)
        #expect(task.lastError?.hasPrefix("handler not found for task") == true)
    }

    @Test(arguments: [Duration.zero, .seconds(60)])
    func `the next step exists once the first is done, and not twice`(retention: Duration) async throws {
        let order = Mailbox<String>()
        try await client.enqueue(
            QueueTask(type: "first"), EnqueueOptions(queue: "q", taskID: "a", retention: retention))
        let mux = ServeMux()
        mux.handle("first") { _, context in
            try context.handOver(to: QueueTask(type: "second", payload: [2]), EnqueueOptions(taskID: "a:2"))
            order.send(context.taskID)
        }
        mux.handle("second") { task, context in
            #expect(task.payload == [2])
            order.send(context.taskID)
        }
        try await withServer(configuration { $0.queues = ["q": 1] }, handler: mux) { _ in
            #expect(try await order.next(2) == ["a", "a:2"])
            _ = try await outcomes.next(2)
        }
        let info = try await queueInfo("q")
        #expect(info.processedTotal == 2)
        #expect(info.count(.completed) == (retention > .zero ? 1 : 0))
        #expect(info.size == info.count(.completed))
    }

    @Test func `a failing run hands nothing over`() async throws {
        _ = try await outcome { _, context in
            try context.handOver(to: QueueTask(type: "second"), EnqueueOptions(taskID: "b"))
            throw TestFailure(description: "no")
        }
        await #expect(throws: InspectorError.self) { try await task("b") }
    }
}
