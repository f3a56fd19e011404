import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct TaskServerControlTests: ServerSuite {
    let fixture: ServerFixture
    /// Publishing on `asynq:cancel` reaches every database.
    private let id = UUID().uuidString

    init() throws { fixture = try ServerFixture() }

    @Test func `item 37: asynq's cancel ends the run, and the task is tried again`() async throws {
        try await enqueue(id)
        try await withServer(handler: waiting()) { _ in
            _ = try await started.next()
            try await publishUntilOutcome()
        }
        let task = try await task(id)
        #expect(task.state == .retry)
        #expect(task.lastError == "context canceled")
    }

    /// The server may not have subscribed yet, and a publication that nobody hears is gone.
    private func publishUntilOutcome() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled { try? await inspector.cancelProcessing(id) }
            }
            _ = try await outcomes.next()
            group.cancelAll()
        }
    }

    @Test func `a task cancelled for good while it runs is archived`() async throws {
        try await enqueue(id)
        try await withServer(handler: waiting()) { _ in
            _ = try await started.next()
            #expect(try await inspector.cancel(id, in: "default") == .requested)
            _ = try await outcomes.next()
        }
        let task = try await task(id)
        #expect(task.state == .archived)
        #expect(task.lastError == "cancelled")
        let flag = try await redis.send(
            "HEXISTS", .string(RedisKeys(queue: "default").task(id)), .string(TaskField.cancel))
        #expect(flag == .integer(0))
    }

    @Test func `a stored cancel request is met though nobody heard it published`() async throws {
        try await enqueue(id)
        try await withServer(handler: waiting()) { _ in
            _ = try await started.next()
            try await redis.send("HSET", .string(RedisKeys(queue: "default").task(id)), .string(TaskField.cancel), "1")
            _ = try await outcomes.next()
        }
        #expect(try await task(id).state == .archived)
    }

    @Test func `a shutdown lets the running task finish`() async throws {
        let gate = Gate()
        try await enqueue(id)
        try await withServer(handler: waiting(at: gate)) { server in
            _ = try await started.next()
            async let end: Void = server.shutdown()
            try await until { server.status == "closed" }
            gate.open()
            await end
        }
        try await expectOutcome(.succeeded)
    }

    @Test(arguments: [false, true])
    func `item 33: a task that a shutdown cuts short is the next to be taken, its retries unchanged`(stubborn: Bool)
        async throws
    {
        let gate = Gate()
        try await enqueue(id)
        let configuration = configuration {
            $0.concurrency = 1
            $0.shutdownTimeout = .milliseconds(50)
            $0.abandonTimeout = .milliseconds(50)
        }
        try await withServer(configuration, handler: waiting(at: gate, stubbornly: stubborn)) { _ in
            _ = try await started.next()
            try await enqueue("later")
        }
        gate.open()
        try await expectOutcome(.requeued)
        let pending = try await inspector.tasks(in: "default", state: .pending)
        #expect(pending.map(\.id) == [id, "later"])
        #expect(pending.first?.retried == 0)
        #expect(pending.first?.lastError == nil)
        #expect(try await queueInfo().count(.active) == 0)
    }

    @Test func `shutdownNow hands everything back at once`() async throws {
        let configuration = configuration { $0.shutdownTimeout = .seconds(3600) }
        try await enqueue(id)
        try await withServer(configuration, handler: waiting()) { server in
            _ = try await started.next()
            await server.shutdownNow()
        }
        #expect(try await task(id).state == .pending)
        #expect(try await inspector.servers().isEmpty)
    }

    @Test func `cancelling the task that runs the server is a graceful shutdown`() async throws {
        let gate = Gate()
        let server = TaskServer(broker: broker, configuration: configuration(), logger: fixture.redis.logger)
        let handler = waiting(at: gate)
        let running = Task { try await server.run(handler) }
        try await enqueue(id)
        _ = try await started.next()
        running.cancel()
        try await until { server.status == "closed" }
        gate.open()
        try await running.value
        try await expectOutcome(.succeeded)
        await broker.waiters.close()
    }

    @Test func `a stopped server finishes what runs and takes nothing more`() async throws {
        let gate = Gate()
        try await enqueue(id)
        try await withServer(handler: waiting(at: gate)) { server in
            _ = try await started.next()
            server.stop()
            try await enqueue("later")
            gate.open()
            try await expectOutcome(.succeeded)
            #expect(server.status == "stopped")
        }
        #expect(try await task("later").state == .pending)
    }

    @Test func `a server runs once`() async throws {
        try await withServer(handler: ServeMux()) { server in
            try await until { server.status == "active" }
            await #expect(throws: TaskServerError(.alreadyRunning)) { try await server.run(ServeMux()) }
            await server.shutdown()
            await #expect(throws: TaskServerError(.closed)) { try await server.run(ServeMux()) }
        }
    }

    @Test func `a server starts while Redis is away, unless a ping is required`() async throws {
        let nowhere = RedisConfiguration(
            address: .unix(path: "/nonexistent.sock"), connectTimeout: .milliseconds(200),
            commandTimeout: .milliseconds(200))
        let strict = TaskServer(redis: nowhere, configuration: configuration(), logger: fixture.redis.logger)
        await #expect(throws: RedisError.self) { try await strict.run(ServeMux(), requirePing: true) }
        #expect(strict.status == "new")
        let patient = TaskServer(redis: nowhere, configuration: configuration(), logger: fixture.redis.logger)
        let running = Task { try await patient.run(ServeMux()) }
        try await until { patient.status == "active" }
        await patient.shutdown()
        try await running.value
    }
}
