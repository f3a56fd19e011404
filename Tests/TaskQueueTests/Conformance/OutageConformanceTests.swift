import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Section 7, item 41: our server while Redis is away, and afterwards.
@Suite(.requiresRedis, .timeLimit(.minutes(2))) struct OutageConformanceTests {
    private let outcomes = Outcomes()

    private func configuration() -> TaskServerConfiguration {
        ServerFixture.configuration { $0.report(to: outcomes) }
    }

    /// Tries until Redis answers.
    private func persist<Value>(_ body: () async throws -> Value) async throws -> Value {
        while true {
            do { return try await body() } catch is RedisError { try Task.checkCancellation() }
        }
    }

    @Test func `item 41: after a restart of Redis no task is lost and a cancel is heard again`() async throws {
        let durable = ["--appendonly", "yes", "--appendfsync", "always"]
        try await RedisServerProcess.withServer(arguments: durable) { process in
            let logger = RedisServerProcess.silentLogger
            let client = RedisClient(process.configuration, name: "test", logger: logger)
            let go = GoFleet(redis: client)
            let broker = RedisBroker(process.configuration, logger: logger)
            let server = TaskServer(broker: broker, configuration: configuration(), logger: logger)
            let started = Mailbox<String>()
            let gate = Gate()
            let handler = ClosureHandler { _, context in
                started.send(context.taskID)
                if context.taskID != "late" { try await gate.wait() }
            }
            let running = Task { try await server.run(handler) }
            let (first, cancelled) = (UUID().uuidString, UUID().uuidString)
            #expect(try await go.enqueue(ConformanceFixture.message(first)) == 1)
            #expect(try await started.next() == first)
            #expect(try await go.enqueue(ConformanceFixture.message(cancelled)) == 1)
            #expect(try await started.next() == cancelled)

            await process.kill()
            try await process.start()

            // The cancel reaches a run that began before, so the subscription stands again.
            let publisher = Task { while !Task.isCancelled { try? await go.cancel(cancelled) } }
            let ended = try await outcomes.next()
            publisher.cancel()
            await publisher.value
            #expect(ended.context.taskID == cancelled)
            guard case .retrying = ended.outcome else { return #expect(Bool(false), "\(ended.outcome)") }
            #expect(try await persist { try await go.enqueue(ConformanceFixture.message("late")) } == 1)
            #expect(try await outcomes.next().context.taskID == "late")
            gate.open()
            let last = try await outcomes.next()
            #expect(last.context.taskID == first)
            guard case .succeeded = last.outcome else { return #expect(Bool(false), "\(last.outcome)") }
            await server.shutdown()
            try await running.value
            #expect(try await go.task(cancelled)?.message.errorMessage == "context canceled")
            #expect(try await go.ids("active") == [])
            #expect(try await go.ids("pending") == [])
            #expect(try await go.count("processed") == 3)
            await broker.close()
            await client.close()
        }
    }

    @Test func `item 41: while Redis refuses, our server asks at a measured pace`() async throws {
        try await RedisServerProcess.withServer { process in
            let logger = RedisServerProcess.silentLogger
            let real = RedisBroker(process.configuration, logger: logger)
            let dequeues = LockedValue(0)
            let beats = Mailbox<Void>()
            let broker = FlakyBroker(real, doneFaults: []) { call in
                switch call {
                case .dequeue:
                    dequeues.withLock { $0 += 1 }
                    throw TestFailure(description: "Redis is away")
                case .writeServerState: beats.send(())
                default: break
                }
            }
            let server = TaskServer(broker: broker, configuration: configuration(), logger: logger)
            let running = Task { try await server.run(ClosureHandler { _, _ in }) }
            // The heartbeat, 50 ms apart at the least, is the clock here. A loop without a pause makes thousands.
            _ = try await beats.next(20)
            #expect(dequeues.withLock { $0 } <= 60)
            await server.shutdown()
            try await running.value
            await real.close()
        }
    }
}
