import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct WaitingTests: ServerSuite {
    private struct Sum: TaskPayload {
        static let taskType = "sum"
        var numbers: [Int]
    }

    private struct Total: Codable, Equatable {
        var total: Int
    }

    let fixture: ServerFixture

    init() throws { fixture = try ServerFixture() }

    private func refusal(_ body: () async throws -> Void) async -> TaskResultError? {
        do {
            try await body()
            return nil
        } catch { return error as? TaskResultError }
    }

    private func untilWaitedFor(_ id: String) async throws {
        let key = RedisArgument.string("asynq:{default}:t:\(id)")
        try await until { try await redis.send("HEXISTS", key, "schedcu:waited").integer() == 1 }
    }

    @Test func `a typed task is enqueued and its result awaited`() async throws {
        let mux = ServeMux()
        mux.handle(Sum.self, returning: Total.self) { sum, _ in Total(total: sum.numbers.reduce(0, +)) }
        try await withServer(handler: mux) { _ in
            let total = try await client.enqueueAndWait(
                Sum(numbers: [1, 2, 3]), EnqueueOptions(taskID: "a"), within: .seconds(50), returning: Total.self)
            #expect(total == Total(total: 6))
            let error = await refusal {
                _ = try await client.enqueueAndWait(
                    Sum(numbers: []), within: .seconds(50), returning: String.self)
            }
            #expect(error?.code == .malformedResult)
        }
        #expect(try await task("a").retention == TaskClient.leastRetention)
    }

    @Test(arguments: [Duration.seconds(5), .seconds(3600)])
    func `a task that is waited for is kept for a minute at least`(retention: Duration) async throws {
        let error = await refusal {
            try await client.enqueueAndWait(
                QueueTask(type: "t"), EnqueueOptions(taskID: "a", retention: retention), within: .zero)
        }
        #expect(error?.code == .timedOut)
        let task = try await task("a")
        #expect(task.retention == max(retention, .seconds(60)))
        #expect(task.state == .pending)
    }

    @Test func `a failure for good is told with its text, when it comes and afterwards`() async throws {
        let handler = ClosureHandler { _, _ in throw SkipRetry("no such mailbox") }
        try await withServer(handler: handler) { _ in
            let options = EnqueueOptions(taskID: "a")
            let errors = [
                await refusal {
                    try await client.enqueueAndWait(QueueTask(type: "t"), options, within: .seconds(50))
                },
                await refusal { _ = try await client.result(of: "a", within: .zero) },
            ]
            for error in errors {
                #expect(error?.code == .archived)
                #expect(error?.reason == "no such mailbox")
            }
        }
    }

    @Test func `a task that is not there, or goes without being kept, is told`() async throws {
        let missing = await refusal { _ = try await client.result(of: "x", within: .seconds(50)) }
        #expect(missing?.code == .gone)
        try await enqueue("a")
        let waiting = Task { try await client.result(of: "a", within: .seconds(50)) }
        try await untilWaitedFor("a")
        try await withServer { _ in
            let gone = await refusal { _ = try await waiting.value }
            #expect(gone?.code == .gone)
        }
    }

    @Test(arguments: [true, false])
    func `our workers tell of the end, and a look finds the end that a Go worker writes`(isOurs: Bool) async throws {
        try await enqueue(EnqueueOptions(taskID: "a", retention: .seconds(60)))
        let run = try await take().run
        async let result = client.result(of: "a", within: .seconds(50))
        try await untilWaitedFor("a")
        #expect(try await broker.writeResult([42], of: run) == .written)
        if isOurs {
            #expect(try await broker.complete(run) == .written)
        } else {
            try await GoFleet(redis: redis).complete(run.message)
        }
        let bytes = try await result
        #expect(bytes == [42])
    }

    @Test func `an end is told of at once, and only where somebody waits`() async throws {
        for id in ["unwaited", "done", "failed", "step"] {
            try await enqueue(EnqueueOptions(taskID: id, retention: .seconds(60)))
        }
        let runs = try await broker.dequeue(from: ["default"], limit: 4, worker: .other).map(\.run)
        let told = Mailbox<RedisSubscriber.Event>()
        let subscriber = RedisSubscriber(fixture.redis.configuration, logger: fixture.redis.logger)
        let listening = Task {
            for await event in subscriber.events(channels: ["schedcu:ended"]) { told.send(event) }
        }
        #expect(try await told.next() == .subscribed(channel: "schedcu:ended"))
        for id in ["done", "failed", "step"] {
            #expect(try await broker.ending(ofTask: id, in: "default") == .notYet)
        }
        #expect(try await broker.complete(runs[0]) == .written)
        #expect(try await broker.complete(runs[1]) == .written)
        #expect(try await broker.archive(runs[2], error: "e") == .written)
        let next = TaskMessage(type: "t", id: "next", queue: "default")
        #expect(try await broker.complete(runs[3], handingOverTo: next) == .written)
        // Pub/sub knows no databases, so other tests' ends may come in between; ours keep their order.
        var mine: [String] = []
        while mine.count < 3 {
            guard case .message(_, let payload) = try await told.next() else { continue }
            let key = String(decoding: payload, as: UTF8.self)
            if ["unwaited", "done", "failed", "step"].contains(where: { key == "asynq:{default}:t:\($0)" }) {
                mine.append(key)
            }
        }
        #expect(mine == ["done", "failed", "step"].map { "asynq:{default}:t:\($0)" })
        listening.cancel()
        await subscriber.close()
    }

    @Test func `a wait ends with an error when its client is closed`() async throws {
        let client = TaskClient(redis: fixture.redis.configuration, logger: fixture.redis.logger)
        try await client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "a"))
        let waiting = Task { try await client.result(of: "a", within: .seconds(3600)) }
        try await untilWaitedFor("a")
        await client.close()
        let error = await #expect(throws: RedisError.self) { _ = try await waiting.value }
        #expect(error?.code == .closed)
    }

    @Test func `a cancelled wait ends, and the task goes on`() async throws {
        try await enqueue("a")
        let waiting = Task { try await client.result(of: "a", within: .seconds(3600)) }
        try await untilWaitedFor("a")
        waiting.cancel()
        await #expect(throws: CancellationError.self) { _ = try await waiting.value }
        #expect(try await task("a").state == .pending)
    }
}
