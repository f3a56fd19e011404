import Foundation
import Testing

@testable import TaskQueue

@Suite struct ServeMuxTests {
    private let context = TaskContext(taskID: "1", queue: "q")

    @Test(arguments: [
        ("email:send", "exact"), ("email:sent", "email"), ("email:x", "email"), ("email:send:now", "longer"),
        ("e", "short"),
    ])
    func `an exact type wins, then the longest prefix`(type: String, expected: String) async throws {
        let mux = ServeMux()
        let called = Mailbox<String>()
        for (pattern, name) in [
            ("email:", "email"), ("email:send", "exact"), ("email:send:", "longer"), ("e", "short"),
        ] {
            mux.handle(pattern) { _, _ in called.send(name) }
        }
        // "email:sent" begins with "email:sen", but not with "email:send".
        try await mux.process(QueueTask(type: type), context: context)
        #expect(try await called.next() == expected)
    }

    @Test func `an unknown type fails with asynq's words`() async {
        let error = await #expect(throws: HandlerNotFound.self) {
            try await ServeMux().process(QueueTask(type: "x"), context: context)
        }
        #expect(error?.description.hasPrefix("handler not found for task") == true)
    }

    @Test func `middlewares wrap in the order of their registration, around unknown types too`() async throws {
        let calls = Mailbox<String>()
        let mux = ServeMux()
        mux.use(Tracing(name: "outer", calls: calls))
        mux.use(Tracing(name: "inner", calls: calls))
        mux.handle("known") { _, _ in calls.send("handler") }
        try await mux.process(QueueTask(type: "known"), context: context)
        #expect(try await calls.next(5) == ["outer", "inner", "handler", "inner end", "outer end"])
        await #expect(throws: HandlerNotFound.self) { try await mux.process(QueueTask(type: "x"), context: context) }
        #expect(try await calls.next(2) == ["outer", "inner"])
    }

    @Test func `a pattern cannot be registered twice`() async {
        await #expect(processExitsWith: .failure) {
            let mux = ServeMux()
            mux.handle("a") { _, _ in }
            mux.handle("a") { _, _ in }
        }
    }
}

private struct Tracing: TaskMiddleware {
    let name: String
    let calls: Mailbox<String>

    func process(_ task: QueueTask, context: TaskContext, next: any TaskHandler) async throws {
        calls.send(name)
        try await next.process(task, context: context)
        calls.send(name + " end")
    }
}

@Suite struct RetryPolicyTests {
    @Test(arguments: [(0, 0, 15), (0, 29, 44), (1, 10, 36), (3, 29, 212), (10, 0, 10_015)])
    func `asynq's formula grows with the fourth power`(retried: Int, random: Int, seconds: Int) {
        #expect(RetryPolicy.asynqDelay(retried: retried, random: random) == .seconds(seconds))
    }

    @Test func `no number of retries overflows, and no wait is negative`() {
        #expect(RetryPolicy.asynqDelay(retried: .max, random: 29) > .seconds(86_400 * 365))
        let policy = RetryPolicy { _, _, _ in .seconds(-1) }
        #expect(policy.delay(retried: 0, task: QueueTask(type: "t"), error: TestFailure(description: "")) == .zero)
    }
}

@Suite struct TaskContextTests {
    @Test func `a step is handed over in the task's own queue`() throws {
        let context = TaskContext(taskID: "1", queue: "mine")
        try context.handOver(to: QueueTask(type: "next"), EnqueueOptions(queue: "other", taskID: "1:next"))
        #expect(context.handedOver?.queue == "mine")
        #expect(context.handedOver?.id == "1:next")
    }

    @Test(arguments: [
        EnqueueOptions(processIn: .seconds(1)), EnqueueOptions(processAt: Date()), EnqueueOptions(unique: .seconds(5)),
        EnqueueOptions(group: "g"),
    ])
    func `a step takes no delay, lock or group, and an earlier step stays`(options: EnqueueOptions) throws {
        let context = TaskContext(taskID: "1", queue: "mine")
        try context.handOver(to: QueueTask(type: "first"))
        let error = #expect(throws: EnqueueError.self) {
            try context.handOver(to: QueueTask(type: "second"), options)
        }
        #expect(error?.code == .invalidHandOver)
        #expect(context.handedOver?.type == "first")
    }
}
