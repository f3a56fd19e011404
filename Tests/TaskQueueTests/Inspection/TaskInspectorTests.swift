import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct TaskInspectorTests: ServerSuite {
    let fixture: ServerFixture

    init() throws { fixture = try ServerFixture() }

    private func enqueue(_ id: String, _ change: (inout EnqueueOptions) -> Void = { _ in }) async throws {
        var options = EnqueueOptions(queue: "q", taskID: id)
        change(&options)
        try await enqueue(options)
    }

    private func take() async throws -> DequeuedTask {
        try await take(from: "q")
    }

    /// One task in each of the seven states, named for it.
    private func fillEveryState() async throws {
        try await enqueue("archived")
        _ = try await broker.archive(try await take().run, error: "boom")
        try await enqueue("completed") { $0.retention = .seconds(60) }
        _ = try await broker.complete(try await take().run)
        try await enqueue("retry")
        _ = try await broker.retry(
            try await take().run, at: Date(timeIntervalSinceNow: 60), error: "boom", isFailure: true)
        try await enqueue("active")
        _ = try await take()
        try await enqueue("pending")
        try await enqueue("scheduled") { $0.processIn = .seconds(60) }
        try await enqueue("aggregating") { $0.group = "g" }
    }

    @Test func `a queue's numbers count every state`() async throws {
        try await fillEveryState()
        let info = try await inspector.queueInfo(for: "q")
        for state in TaskState.allCases { #expect(info.count(state) == 1, "\(state)") }
        #expect(info.size == 7)
        #expect(info.groups == 1)
        #expect(info.processedTotal == 3)
        #expect(info.processedToday == 3)
        #expect(info.failedTotal == 2)
        #expect(info.failedToday == 2)
        #expect(!info.isPaused)
        #expect(info.latency >= .zero)
        #expect(try await inspector.queues() == ["q"])
    }

    @Test(arguments: TaskState.allCases)
    func `a task of each state is listed and shown`(state: TaskState) async throws {
        try await fillEveryState()
        let listed = try await inspector.tasks(in: "q", state: state, group: state == .aggregating ? "g" : nil)
        #expect(listed.map(\.id) == [state.rawValue])
        let task = try await inspector.task(state.rawValue, in: "q")
        #expect(task.state == state)
        #expect(task.isOrphaned == false)
        let hasMoment = [TaskState.pending, .scheduled, .retry].contains(state)
        #expect((task.nextProcessAt != nil) == hasMoment)
        #expect((listed[0].nextProcessAt != nil) == hasMoment)
    }

    @Test func `pages of a list and of a set hold every task once, in order`() async throws {
        for index in 0..<7 { try await enqueue("p\(index)") }
        for index in 0..<7 { try await enqueue("s\(index)") { $0.processIn = .seconds(60 + index) } }
        for (state, letter) in [(TaskState.pending, "p"), (.scheduled, "s")] {
            var pages: [[String]] = []
            for page in 1...4 {
                pages.append(try await inspector.tasks(in: "q", state: state, page: page, size: 3).map(\.id))
            }
            #expect(pages == [[0, 1, 2], [3, 4, 5], [6], []].map { $0.map { "\(letter)\($0)" } })
        }
    }

    @Test func `an active task whose lease is over is an orphan`() async throws {
        try await enqueue("a")
        _ = try await take()
        let later = TaskInspector(client: fixture.redis.client, now: { Date(timeIntervalSinceNow: 60) })
        #expect(try await later.task("a", in: "q").isOrphaned)
        #expect(try await later.tasks(in: "q", state: .active).first?.isOrphaned == true)
        #expect(try await inspector.tasks(in: "q", state: .active).first?.isOrphaned == false)
    }

    @Test func `tasks are run by hand in every state but two`() async throws {
        try await fillEveryState()
        for state in [TaskState.scheduled, .retry, .archived, .completed, .aggregating] {
            try await inspector.runTask(state.rawValue, in: "q")
            #expect(try await inspector.task(state.rawValue, in: "q").state == .pending)
        }
        for state in [TaskState.active, .pending] {
            #expect(try await refusal { try await inspector.runTask(state.rawValue, in: "q") } == .wrongState)
        }
        let info = try await inspector.queueInfo(for: "q")
        #expect(info.count(.pending) == 6)
        #expect(info.size == 7)
        #expect(info.groups == 0)
    }

    @Test func `tasks are archived and deleted by hand unless they run`() async throws {
        try await fillEveryState()
        for state in [TaskState.scheduled, .retry, .pending, .completed, .aggregating] {
            try await inspector.archiveTask(state.rawValue, in: "q")
        }
        #expect(try await inspector.queueInfo(for: "q").count(.archived) == 6)
        for id in ["active", "archived"] {
            #expect(try await refusal { try await inspector.archiveTask(id, in: "q") } == .wrongState)
        }
        for state in TaskState.allCases where state != .active {
            try await inspector.deleteTask(state.rawValue, in: "q")
        }
        #expect(try await refusal { try await inspector.deleteTask("active", in: "q") } == .wrongState)
        #expect(try await inspector.queueInfo(for: "q").size == 1)
    }

    @Test(arguments: [TaskState.pending, .scheduled, .retry, .aggregating])
    func `a waiting task that is cancelled is archived with the reason`(state: TaskState) async throws {
        try await fillEveryState()
        #expect(try await inspector.cancel(state.rawValue, in: "q") == .archived)
        let task = try await inspector.task(state.rawValue, in: "q")
        #expect(task.state == .archived)
        #expect(task.lastError == "cancelled")
        #expect(task.lastFailedAt != nil)
        #expect(try await inspector.queueInfo(for: "q").count(state) == 0)
    }

    @Test(arguments: ["archived", "completed"])
    func `a task that is over cannot be cancelled`(id: String) async throws {
        try await fillEveryState()
        #expect(try await refusal { try await inspector.cancel(id, in: "q") } == .wrongState)
        #expect(try await inspector.task(id, in: "q").state.rawValue == id)
    }

    @Test func `a pause holds tasks back, and is neither set nor lifted twice`() async throws {
        try await enqueue("a")
        try await inspector.pause("q")
        #expect(try await inspector.queueInfo(for: "q").isPaused)
        #expect(try await broker.dequeue(from: ["q"], limit: 1, worker: .other).isEmpty)
        #expect(try await refusal { try await inspector.pause("q") } == .alreadyPaused)
        try await inspector.unpause("q")
        #expect(try await refusal { try await inspector.unpause("q") } == .notPaused)
        _ = try await take()
    }

    @Test func `unknown queues and tasks are named as such`() async throws {
        try await enqueue("a")
        #expect(try await refusal { try await inspector.queueInfo(for: "x") } == .queueNotFound)
        #expect(try await refusal { try await inspector.tasks(in: "x", state: .pending) } == .queueNotFound)
        #expect(try await refusal { try await inspector.task("x", in: "q") } == .taskNotFound)
        #expect(try await refusal { try await inspector.runTask("x", in: "q") } == .taskNotFound)
        #expect(try await refusal { try await inspector.tasks(in: "q", state: .aggregating) } == .groupRequired)
    }

    @Test func `a paused queue does not hold up a server's other queues, and resumes`() async throws {
        try await inspector.pause("q")
        try await enqueue("held")
        try await enqueue("free") { $0.queue = "other" }
        let configuration = configuration {
            $0.queues = ["q": 1, "other": 1]
        }
        try await withServer(configuration) { _ in
            #expect(try await outcomes.next().context.taskID == "free")
            #expect(try await inspector.task("held", in: "q").state == .pending)
            try await inspector.unpause("q")
            #expect(try await outcomes.next().context.taskID == "held")
        }
    }
}
