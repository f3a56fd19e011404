import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// A suite of tests of running servers, and in few words what most of them do.
///
/// Tasks are of type `t`; where no queue is named it is `default`.
protocol ServerSuite {
    var fixture: ServerFixture { get }

    /// Settings that all servers of the suite share.
    func configure(_ configuration: inout TaskServerConfiguration)
}

extension ServerSuite {
    var redis: RedisClient { fixture.redis.client }
    var broker: RedisBroker { fixture.broker }
    var client: TaskClient { fixture.client }
    var inspector: TaskInspector { fixture.inspector }

    /// What became of the runs of the suite's servers.
    var outcomes: Outcomes { fixture.outcomes }

    /// The ids of the tasks that handlers which wait have begun.
    var started: Mailbox<String> { fixture.started }

    func configure(_ configuration: inout TaskServerConfiguration) {}

    /// The suite's settings, which lose no time and tell of each outcome, with a change for one test.
    func configuration(_ change: (inout TaskServerConfiguration) -> Void = { _ in }) -> TaskServerConfiguration {
        ServerFixture.configuration {
            $0.report(to: outcomes)
            configure(&$0)
            change(&$0)
        }
    }

    /// Runs a server while `body` runs, then shuts it down and waits for its end; by default it does nothing to its tasks.
    func withServer(
        _ configuration: TaskServerConfiguration? = nil, broker: (any Broker)? = nil,
        handler: any TaskHandler = ClosureHandler { _, _ in }, _ body: (TaskServer) async throws -> Void
    ) async throws {
        try await fixture.withServer(
            configuration ?? self.configuration(), broker: broker, handler: handler, body)
    }

    /// Runs one task on a server to its outcome.
    func outcome(
        of task: QueueTask = QueueTask(type: "t"), _ options: EnqueueOptions = EnqueueOptions(taskID: "a"),
        configuration: TaskServerConfiguration? = nil,
        _ body: @escaping @Sendable (QueueTask, TaskContext) async throws -> Void
    ) async throws -> TaskOutcome {
        try await client.enqueue(task, options)
        var outcome: TaskOutcome?
        try await withServer(configuration, handler: ClosureHandler(body)) { _ in
            outcome = try await outcomes.next().outcome
        }
        return try #require(outcome)
    }

    /// Waits for the next outcome of a run, which must be of this kind.
    func expectOutcome(_ kind: TaskOutcome.Kind, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let outcome = try await outcomes.next().outcome
        #expect(outcome.kind == kind, "\(outcome)", sourceLocation: sourceLocation)
    }

    /// A handler that tells which task it has and waits at a gate, deaf to cancellation if asked.
    func waiting(at gate: Gate = Gate(), stubbornly: Bool = false) -> ClosureHandler {
        ClosureHandler { [started] _, context in
            started.send(context.taskID)
            if stubbornly { await gate.waitStubbornly() } else { try await gate.wait() }
        }
    }
}

extension ServerSuite {
    /// Enqueues a task of each id.
    func enqueue(_ ids: String..., on queue: String = "default") async throws {
        for id in ids { try await enqueue(EnqueueOptions(queue: queue, taskID: id)) }
    }

    /// Enqueues many at once, with random ids: what is published of an id reaches every database.
    func enqueue(_ count: Int, on queue: String = "default") async throws {
        let batch = (0..<count).map { _ in (task: QueueTask(type: "t"), options: EnqueueOptions(queue: queue)) }
        for result in try await client.enqueue(batch: batch) { _ = try result.get() }
    }

    /// Enqueues one task with options.
    @discardableResult
    func enqueue(_ options: EnqueueOptions) async throws -> TaskInfo {
        try await client.enqueue(QueueTask(type: "t"), options)
    }

    /// Takes the next task, as a worker beside the test's server does.
    @discardableResult
    func take(from queue: String = "default", as worker: WorkerIdentity = .other) async throws -> DequeuedTask {
        try #require(await broker.dequeue(from: [queue], limit: 1, worker: worker).first)
    }

    /// Makes a worker count as alive.
    func keepAlive(_ worker: WorkerIdentity = .other) async throws {
        try await redis.send("SET", .string(RedisKeys.liveness(workerID: worker.id)), "1")
    }

    func task(_ id: String, in queue: String = "default") async throws -> TaskInfo {
        try await inspector.task(id, in: queue)
    }

    func queueInfo(_ queue: String = "default") async throws -> QueueInfo {
        try await inspector.queueInfo(for: queue)
    }
}

extension WorkerIdentity {
    /// A worker beside the test's server; nobody has heard of it, so it counts as dead.
    static let other = WorkerIdentity(host: "other", pid: 1, serverID: "00000000-0000-4000-8000-000000000001")
}

extension QueueSelection {
    /// Queues that share evenly.
    static func equal(_ names: [String]) -> QueueSelection {
        QueueSelection(weights: Dictionary(uniqueKeysWithValues: names.map { ($0, 1) }))
    }
}
