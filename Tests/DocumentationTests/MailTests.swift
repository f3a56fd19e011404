import Logging
import Redis
import RedisTestSupport
import TaskQueue
import Testing

@testable import DocumentationExamples

/// The programs that the first pages show, run as they are.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1)))
struct MailTests {
    @Test func `the worker of the first page does the task of its producer`() async throws {
        let database = try #require(RedisDatabaseTrait.current)
        let enqueued = try await QuickStart.produce(url: database.url)
        let (sent, continuation) = AsyncStream.makeStream(of: String.self)
        let worker = Task { try await QuickStart.work(url: database.url) { continuation.yield($0) } }

        let first = await sent.first { _ in true }
        worker.cancel()  // a graceful end: the task that runs is finished
        try await worker.value

        #expect(first == "ada@example.com")
        let inspector = TaskInspector(redis: database.configuration, logger: database.logger)
        let stored = try await inspector.task(enqueued.id, in: "mail")
        await inspector.close()
        #expect(stored.state == .completed)
        #expect(stored.result == Array("sent".utf8))
    }

    @Test func `the program of Getting Started asks for a mail and does it`() async throws {
        let database = try #require(RedisDatabaseTrait.current)
        try await Mail.request("ada@example.com", database.configuration, database.logger)
        let inspector = TaskInspector(redis: database.configuration, logger: database.logger)
        let waiting = try await inspector.tasks(in: "mail", state: .pending)
        #expect(waiting.map(\.type) == ["mail:welcome"])
        let id = try #require(waiting.first?.id)

        let server = Mail.worker(database.configuration, database.logger)
        let running = Task { try await server.run(Mail.handlers()) }
        let client = TaskClient(redis: database.configuration, logger: database.logger)
        let result = try await client.result(of: id, in: "mail", within: .seconds(30))
        await client.close()
        await server.shutdown()
        try await running.value

        #expect(result == nil)  // this handler stores nothing
        let stored = try await inspector.task(id, in: "mail")
        await inspector.close()
        #expect(stored.state == .completed)
        try await QuickStart.look(database.configuration, database.logger)
    }
}
