import ConcurrencySupport
import Foundation
import Logging
import Redis
import RedisTestSupport
import TaskQueue
import Testing

@testable import DocumentationExamples

/// What the articles say of their examples, tried on a real Redis.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1)))
struct ExampleRunTests {
    private let database: TestRedis

    init() throws {
        database = try #require(RedisDatabaseTrait.current)
    }

    @Test func `the sum of Waiting for Results is six`() async throws {
        let mux = ServeMux()
        let (serve, stop) = server(mux, queue: "default")
        let total = try await withClient { client in
            try await PayloadExamples.sum(mux: mux, client: client) { serve() }
        }
        try await stop()
        #expect(total == 6)
    }

    @Test func `the workflow's last step gets the results of the two before it`() async throws {
        let mux = ServeMux()
        mux.handle("sum") { _, context in try await context.resultWriter.write(Array("1".utf8)) }
        let (parts, continuation) = AsyncStream.makeStream(of: [String: [UInt8]].self)
        WorkflowExamples.handle(mux: mux) { continuation.yield($0) }
        try await withClient { try await WorkflowExamples.enqueue(client: $0) }
        let (serve, stop) = server(mux, queue: "reports")
        serve()
        let first = await parts.first { _ in true }
        try await stop()
        #expect(first == ["north": Array("1".utf8), "south": Array("1".utf8)])
    }

    @Test func `what the handler of Errors throws becomes what its comments say`() async throws {
        let mux = ServeMux()
        ErrorExamples.handler(mux: mux) {
            $0 != "nobody@example.com"
        } send: { address in
            if address == "busy@example.com" { throw RateLimited(pause: .seconds(60)) }
            throw SkipRetry("the mail server knows no \(address.prefix(1))…")
        }
        let payloads = [
            [0xff], Array("nobody@example.com".utf8), Array("busy@example.com".utf8), Array("a@b.example".utf8),
        ]
        let (outcomes, continuation) = AsyncStream.makeStream(of: (String, String).self)
        var configuration = TaskServerConfiguration(queues: ["mail": 1])
        configuration.onOutcome = { context, outcome in
            let text =
                switch outcome {
                case .archived(let error): "archived: \(error)"
                case .revoked: "revoked"
                case .released: "released"
                default: "\(outcome)"
                }
            continuation.yield((context.taskID, text))
        }
        try await withClient { client in
            for (number, payload) in payloads.enumerated() {
                let task = QueueTask(type: "mail:welcome", payload: payload)
                try await client.enqueue(task, EnqueueOptions(queue: "mail", taskID: "\(number)"))
            }
        }
        let server = TaskServer(redis: database.configuration, configuration: configuration, logger: database.logger)
        let running = Task { try await server.run(mux) }
        var found: [String: String] = [:]
        for await (id, outcome) in outcomes {
            found[id] = outcome
            if found.count == payloads.count { break }
        }
        await server.shutdown()
        try await running.value
        #expect(
            found == [
                "0": "archived: the address is not UTF-8", "1": "revoked", "2": "released",
                "3": "archived: the mail was not sent: the mail server knows no a…",
            ])
    }

    @Test func `limits, schedules and options of the articles are taken by the store`() async throws {
        try await LimitExamples.set(redis: database.configuration, logger: database.logger)
        try LimitExamples.semaphore(
            redis: database.configuration, logger: database.logger, mux: ServeMux(), send: { _ in })
        _ = try PeriodicExamples.fleet(redis: database.configuration, logger: database.logger)
        _ = try PeriodicExamples.seconds(redis: database.configuration, logger: database.logger)
        #expect(try PeriodicExamples.next() != nil)
        try await withClient { client in
            try await HandlerExamples.options(client: client, reminder: QueueTask(type: "mail:reminder"))
            try await HandlerExamples.groupMember(client: client, note: QueueTask(type: "mail:note"))
            try await CompatibilityExamples.enqueue(client: client)
            try await WorkflowExamples.halves(client: client)
            try await WorkflowExamples.chain(client: client)
            for _ in 1...2 { try await ErrorExamples.enqueueOnce(client: client, order: QueueTask(type: "order:pay")) }
        }
        let inspector = TaskInspector(redis: database.configuration, logger: database.logger)
        #expect(try await inspector.limits(of: "mail").concurrency == 5)
        let reminder = try #require(try await inspector.tasks(in: "mail", state: .scheduled).first)
        #expect(reminder.type == "mail:reminder")
        #expect(try await inspector.groups(in: "mail").map(\.name) == ["ada@example.com"])
        #expect(try await inspector.queueInfo(for: "default").count(.pending) == 1)
        let image = try #require(try await inspector.tasks(in: "images", state: .pending).first)
        #expect(
            String(decoding: image.payload, as: UTF8.self)
                == #"{"max_width":320,"source_url":"https://example.com/cat.png"}"#)
        await inspector.close()
    }

    /// A server that takes tasks once it is told to, and how to end it.
    private func server(_ mux: ServeMux, queue: String) -> (serve: @Sendable () -> Void, stop: () async throws -> Void)
    {
        let configuration = TaskServerConfiguration(queues: [queue: 1])
        let server = TaskServer(redis: database.configuration, configuration: configuration, logger: database.logger)
        let running = LockedValue<Task<Void, any Error>?>(nil)
        return (
            { running.withLock { $0 = Task { try await server.run(mux) } } },
            {
                await server.shutdown()
                try await running.withLock { $0 }?.value
            }
        )
    }

    private func withClient<Value>(_ body: (TaskClient) async throws -> Value) async throws -> Value {
        let client = TaskClient(redis: database.configuration, logger: database.logger)
        do {
            let value = try await body(client)
            await client.close()
            return value
        } catch {
            await client.close()
            throw error
        }
    }
}
