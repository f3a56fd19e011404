import ConcurrencySupport
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Tasks that are taken before their slots are free (SlotLedger, SlotGate).
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(2))) struct TakenAheadTests: ServerSuite {
    let fixture: ServerFixture

    init() throws { fixture = try ServerFixture() }

    /// Outcomes are not told: what is told of one holds the slot while it is written, and nothing is quick then.
    private func server(_ concurrency: Int) -> TaskServerConfiguration {
        ServerFixture.configuration { $0.concurrency = concurrency }
    }

    @Test func `what was taken ahead goes back when handlers take their time, and runs later`() async throws {
        let gate = Gate()
        let begun = Mailbox<Int>()
        let crowd = Crowd()
        let quick = Tally()
        let handler = ClosureHandler { task, context in
            guard task.type == "slow" else {
                quick.add()
                return
            }
            try await crowd.join { _ in
                begun.send(context.deliveries)
                try await gate.wait()
            }
        }
        try await enqueue(500)
        let slow = (0..<12).map { _ in (task: QueueTask(type: "slow"), options: EnqueueOptions()) }
        for result in try await client.enqueue(batch: slow) { _ = try result.get() }
        var deliveries: [Int] = []
        try await fixture.withServer(server(4), handler: handler) { _ in
            deliveries += try await begun.next(4)
            // Four run. Whatever was taken beside them is for other workers, which would be idle meanwhile.
            try await until {
                let info = try await queueInfo()
                return info.count(.active) == 4 && info.count(.pending) == 8
            }
            gate.open()
            deliveries += try await begun.next(8)
            try await until { try await queueInfo().size == 0 }
        }
        #expect(quick.count == 500)
        #expect(crowd.most == 4)
        #expect(deliveries.contains { $0 > 1 }, "nothing was taken ahead, so this test showed nothing")
    }

    @Test func `no more handlers run at once than there are slots, however many tasks are taken ahead`() async throws {
        let crowd = Crowd()
        let runs = LockedValue<[String: Int]>([:])
        let handler = ClosureHandler { _, context in
            await crowd.join { _ in
                runs.withLock { $0[context.taskID, default: 0] += 1 }
                await Task.yield()
            }
        }
        try await enqueue(3_000)
        try await fixture.withServer(server(3), handler: handler) { _ in
            try await until { try await queueInfo().size == 0 }
        }
        #expect(crowd.most <= 3)
        #expect(runs.withLock { $0.count } == 3_000)
        #expect(runs.withLock { $0.values.allSatisfy { $0 == 1 } })
    }

    @Test func `a shutdown gives back what was taken ahead and waits`() async throws {
        let gate = Gate()
        let begun = Mailbox<String>()
        let handler = ClosureHandler { task, context in
            guard task.type == "slow" else { return }
            begun.send(context.taskID)
            try await gate.wait()
        }
        try await enqueue(500)
        let slow = (0..<6).map { _ in (task: QueueTask(type: "slow"), options: EnqueueOptions()) }
        for result in try await client.enqueue(batch: slow) { _ = try result.get() }
        try await fixture.withServer(server(2), handler: handler) { server in
            _ = try await begun.next(2)
            server.stop()
            gate.open()
        }
        // Two ran; of the others each ran or is pending, and none is lost.
        let info = try await queueInfo()
        #expect(info.count(.active) == 0)
        #expect(info.processedTotal + info.count(.pending) == 506)
    }
}
