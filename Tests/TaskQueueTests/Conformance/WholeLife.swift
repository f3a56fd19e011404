import Foundation
import Logging
import Redis
import Testing

@testable import TaskQueue

/// Tasks in every state, through everything that our library does to them: what is then in Redis, and what was asked of
/// it, is looked at by tests.
struct WholeLife {
    let client: TaskClient
    let broker: RedisBroker
    let inspector: TaskInspector
    let redis: RedisClient

    /// The queues that take part, one with a name that needs care.
    static let queues = ["default", "q ü:1"]

    func run(logger: Logger) async throws {
        for queue in Self.queues {
            for (id, options) in Self.options(queue) {
                try await client.enqueue(QueueTask(type: id, payload: [1], headers: ["k": "v"]), options)
            }
            let batch = ["batch 1", "batch 2"].map {
                (task: QueueTask(type: $0), options: EnqueueOptions(queue: queue, taskID: $0, unique: .seconds(500)))
            }
            for result in try await client.enqueue(batch: batch) { _ = try result.get() }
            try await client.enqueue(
                QueueTask(type: "ok"),
                EnqueueOptions(queue: queue, taskID: "custom", unique: .seconds(500), uniqueKey: "mine"))
            try await client.enqueue(
                QueueTask(type: "later"),
                EnqueueOptions(
                    queue: queue, taskID: "custom later", processIn: .seconds(500), unique: .seconds(500),
                    uniqueKey: "mine later"))
            try await damage(queue)
        }
        try await limitQueues()
        try await work(logger: logger)
        for queue in Self.queues { try await manage(queue) }
        try await runPeriodicTasks(logger: logger)
        try await useSemaphore()
        try await removeQueues()
        try await joinGroups(logger: logger)
        try await runWorkflows(logger: logger)
    }

    private static func options(_ queue: String) -> [(String, EnqueueOptions)] {
        [
            ("ok", EnqueueOptions(queue: queue, taskID: "ok", unique: .seconds(500))),
            ("kept", EnqueueOptions(queue: queue, taskID: "kept", unique: .seconds(500), retention: .seconds(500))),
            ("brief", EnqueueOptions(queue: queue, taskID: "brief", retention: .seconds(1))),
            ("retry", EnqueueOptions(queue: queue, taskID: "retry")),
            ("archive", EnqueueOptions(queue: queue, taskID: "archive", maxRetry: 0)),
            ("revoke", EnqueueOptions(queue: queue, taskID: "revoke")),
            ("chain", EnqueueOptions(queue: queue, taskID: "chain")),
            ("soon", EnqueueOptions(queue: queue, taskID: "soon", processIn: .milliseconds(1), unique: .seconds(500))),
            ("later", EnqueueOptions(queue: queue, taskID: "later", processIn: .seconds(500), unique: .seconds(500))),
            ("group", EnqueueOptions(queue: queue, taskID: "group", group: "g")),
            ("group", EnqueueOptions(queue: queue, taskID: "group later", processIn: .seconds(500), group: "g")),
        ]
    }

    /// Adds a task whose message does not decode.
    private func damage(_ queue: String) async throws {
        let keys = RedisKeys(queue: queue)
        try await redis.send("HSET", .string(keys.task("bad")), "msg", .bytes([0xFF]), "state", "pending")
        try await redis.send("LPUSH", .string(keys.pending), "bad")
    }

    private func work(logger: Logger) async throws {
        let outcomes = Outcomes()
        let configuration = ServerFixture.configuration {
            $0.report(to: outcomes)
            $0.queues = QueueSelection(weights: Dictionary(uniqueKeysWithValues: Self.queues.map { ($0, 1) }))
            $0.janitorInterval = .milliseconds(50)
            $0.recovererInterval = .milliseconds(50)
        }
        let server = TaskServer(broker: broker, configuration: configuration, logger: logger)
        let running = Task {
            try await server.run(
                ClosureHandler { task, context in
                    try await context.resultWriter.write([1])
                    switch task.type {
                    case "retry", "archive": throw TestFailure(description: "no")
                    case "revoke": throw RevokeTask()
                    case "chain": try context.handOver(to: QueueTask(type: "ok"), EnqueueOptions(taskID: "chained"))
                    default: break
                    }
                })
        }
        // Eight of the options are due by now, three more were enqueued apart, one is handed over.
        _ = try await outcomes.next(12 * Self.queues.count)
        for queue in Self.queues {
            while (try? await inspector.task("brief", in: queue)) != nil { await Task.yield() }
        }
        await server.shutdown()
        try await running.value
    }

    /// What an operator does.
    private func manage(_ queue: String) async throws {
        try await inspector.runTask("archive", in: queue)
        let worker = WorkerIdentity(host: "h", pid: 1, serverID: "s")
        let run = try #require(await broker.dequeue(from: [queue], limit: 1, worker: worker).first).run
        #expect(try await broker.extendLeases(of: [run], in: queue) == [])
        #expect(try await broker.markAlone(run) == .written)
        let looker = WorkerIdentity(host: "h", pid: 2, serverID: "t")
        #expect(try await broker.orphanedTasks(in: [queue], besides: looker, running: []).map(\.run) == [run])
        #expect(try await broker.rescue(run) == .written)
        let again = try #require(await broker.dequeue(from: [queue], limit: 1, worker: worker).first).run
        #expect(try await broker.requeue(again) == .written)
        try await inspector.archiveTask("archive", in: queue)
        try await inspector.deleteTask("retry", in: queue)
        #expect(try await inspector.cancel("later", in: queue) == .archived)
        try await inspector.pause(queue)
        _ = try await inspector.queueInfo(for: queue)
        for state in TaskState.allCases where state != .aggregating {
            _ = try await inspector.tasks(in: queue, state: state)
        }
    }
}
