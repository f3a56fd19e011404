import Foundation
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Whole lives of tasks on a real server, on either broker.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct ServerOnBothBrokersTests {
    /// A broker with a client and a server on it.
    private struct Live {
        let broker: any Broker
        let client: TaskClient
        let outcomes = Outcomes()

        init(_ kind: BrokerKind) throws {
            let redis = try #require(RedisDatabaseTrait.current)
            broker =
                kind == .memory
                ? InMemoryBroker()
                : RedisBroker(
                    client: redis.client, blockingClientConfiguration: redis.configuration, logger: redis.logger)
            client = TaskClient(broker: broker)
        }

        func withServer(
            _ configuration: TaskServerConfiguration = ServerFixture.configuration(),
            _ handle: @escaping @Sendable (QueueTask, TaskContext) async throws -> Void,
            _ body: () async throws -> Void
        ) async throws {
            var configuration = configuration
            configuration.report(to: outcomes)
            let server = TaskServer(
                broker: broker, configuration: configuration,
                logger: InMemoryProgram.logger)
            let running = Task { try await server.run(ClosureHandler(handle)) }
            do { try await body() } catch {
                await server.shutdownNow()
                throw error
            }
            await server.shutdown()
            try await running.value
            await (broker as? RedisBroker)?.close()
        }

        /// The next outcomes in a few words.
        func endings(_ count: Int) async throws -> [String] {
            try await outcomes.next(count).map { context, outcome in
                let text =
                    switch outcome {
                    case .succeeded: "succeeded"
                    case .retrying(let error, _, let left): "retries \(error) \(left)"
                    case .archived(let error): "archived \(error)"
                    case .revoked: "revoked"
                    case .requeued: "requeued"
                    case .released: "released"
                    case .expired: "expired"
                    case .cancelled: "cancelled"
                    }
                return "\(context.taskID) \(text)"
            }
        }
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 22: a failure is retried until it succeeds`(kind: BrokerKind) async throws {
        let live = try Live(kind)
        try await live.client.enqueue(
            QueueTask(type: "t"), EnqueueOptions(taskID: "1", maxRetry: 3, retryDelays: .fixed(.zero)))
        try await live.withServer { _, context in
            if context.retried == 0 { throw TestFailure(description: "boom") }
        } _: {
            let endings = try await live.endings(2)
            #expect(endings == ["1 retries boom 2", "1 succeeded"])
        }
    }

    @Test(arguments: BrokerKind.allCases)
    func `items 24, 25: a last failure and SkipRetry archive, RevokeTask deletes, ReleaseTask waits`(kind: BrokerKind)
        async throws
    {
        let live = try Live(kind)
        try await live.withServer(ServerFixture.configuration { $0.concurrency = 1 }) { task, context in
            switch task.type {
            case "skip": throw SkipRetry("never")
            case "revoke": throw RevokeTask()
            case "release" where context.deliveries == 1: throw ReleaseTask(after: .zero)
            case "fail": throw TestFailure(description: "last")
            default: return
            }
        } _: {
            for type in ["skip", "revoke", "fail"] {
                try await live.client.enqueue(QueueTask(type: type), EnqueueOptions(taskID: type, maxRetry: 0))
            }
            let ends = try await live.endings(3).sorted()
            #expect(ends == ["fail archived last", "revoke revoked", "skip archived never"])
            try await live.client.enqueue(QueueTask(type: "release"), EnqueueOptions(taskID: "r"))
            let released = try await live.endings(2)
            #expect(released == ["r released", "r succeeded"])
            let error = await #expect(throws: TaskResultError.self) {
                try await live.client.result(of: "skip", within: .zero)
            }
            #expect(error?.reason == "never")
        }
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 8: a unique task excludes its like until it has succeeded`(kind: BrokerKind) async throws {
        let live = try Live(kind)
        let (started, gate) = (Mailbox<Void>(), Gate())
        let options = EnqueueOptions(unique: .seconds(3600))
        try await live.withServer { _, _ in
            started.send(())
            try await gate.wait()
        } _: {
            try await live.client.enqueue(QueueTask(type: "t"), options)
            try await started.next()
            await #expect(throws: EnqueueError.duplicateTask) {
                try await live.client.enqueue(QueueTask(type: "t"), options)
            }
            gate.open()
            _ = try await live.outcomes.next()
            try await live.client.enqueue(QueueTask(type: "t"), options)
            _ = try await live.outcomes.next()
        }
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 47: a full group becomes one task`(kind: BrokerKind) async throws {
        let live = try Live(kind)
        let joined = Mailbox<[UInt8]>()
        for byte in [1, 2, 3] as [UInt8] {
            try await live.client.enqueue(QueueTask(type: "part", payload: [byte]), EnqueueOptions(group: "g"))
        }
        var aggregation = GroupAggregation(limits: .init(maxSize: 3)) { _, _, tasks in
            QueueTask(type: "all", payload: tasks.flatMap { $0.payload ?? [] }.sorted())
        }
        aggregation.checkInterval = .milliseconds(20)
        try await live.withServer(ServerFixture.configuration { $0.groupAggregation = aggregation }) { task, _ in
            joined.send(task.payload ?? [])
        } _: {
            let payload = try await joined.next()
            #expect(payload == [1, 2, 3])
            _ = try await live.outcomes.next()
        }
    }

    @Test(arguments: BrokerKind.allCases)
    func `a workflow's steps run in their order and read each other's results`(kind: BrokerKind) async throws {
        let live = try Live(kind)
        let sums = Mailbox<[UInt8]>()
        var flow = try Workflow(id: "f")
        let parts = [try flow.add("a", QueueTask(type: "a")), try flow.add("b", QueueTask(type: "b"))]
        try flow.add("sum", QueueTask(type: "sum"), after: parts)
        try await live.client.enqueue(flow)
        try await live.withServer { task, context in
            guard task.type == "sum" else { return try await context.resultWriter.write(Array(task.type.utf8)) }
            let results = try await context.step?.results(of: parts) ?? [:]
            sums.send(parts.flatMap { results[$0] ?? [] })
        } _: {
            let sum = try await sums.next()
            #expect(sum == Array("ab".utf8))
            let endings = try await live.endings(3)
            #expect(endings.last == "f.sum succeeded")
        }
    }

    @Test(arguments: BrokerKind.allCases)
    func `U13: a caller waits for a task's result`(kind: BrokerKind) async throws {
        let live = try Live(kind)
        try await live.withServer { task, context in
            try await context.resultWriter.write((task.payload ?? []).reversed())
        } _: {
            let result = try await live.client.enqueueAndWait(
                QueueTask(type: "t", payload: [1, 2, 3]), within: .seconds(50))
            #expect(result == [3, 2, 1])
        }
    }

    @Test(arguments: BrokerKind.allCases)
    func `item 37: a published cancellation ends the run, which is tried again later`(kind: BrokerKind) async throws {
        let live = try Live(kind)
        let started = Mailbox<Void>()
        let id = UUID().uuidString
        try await live.client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: id))
        try await live.withServer { _, _ in
            started.send(())
            try await Task.sleep(for: .seconds(3600))
        } _: {
            try await started.next()
            let publishing = Task {
                // Nothing tells from outside when the subscription stands.
                while !Task.isCancelled {
                    try await live.broker.publishCancellation(ofTask: id)
                    await Task.yield()
                }
            }
            let endings = try await live.endings(1)
            #expect(endings == ["\(id) retries context canceled 24"])
            publishing.cancel()
            // It may be cut off by the cancellation.
            _ = await publishing.result
        }
    }

    @Test(arguments: BrokerKind.allCases)
    func `D8, item 33: a handler hands over, and what a shutdown cuts off is given back`(kind: BrokerKind) async throws
    {
        let live = try Live(kind)
        let started = Mailbox<Void>()
        try await live.client.enqueue(QueueTask(type: "first"), EnqueueOptions(taskID: "1"))
        try await live.withServer(ServerFixture.configuration { $0.shutdownTimeout = .zero }) { task, context in
            guard task.type == "second" else {
                return try context.handOver(to: QueueTask(type: "second"), EnqueueOptions(taskID: "2"))
            }
            started.send(())
            try await Task.sleep(for: .seconds(3600))
        } _: {
            let endings = try await live.endings(1)
            #expect(endings == ["1 succeeded"])
            try await started.next()
        }
        let givenBack = try await live.endings(1)
        #expect(givenBack == ["2 requeued"])
    }
}
