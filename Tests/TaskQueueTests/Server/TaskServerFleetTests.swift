import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(2))) struct TaskServerFleetTests: ServerSuite {
    let fixture: ServerFixture

    init() throws { fixture = try ServerFixture() }

    @Test func `two servers run 2,000 tasks each exactly once`() async throws {
        let runs = LockedValue<[String: Int]>([:])
        let handler = ClosureHandler { _, context in runs.withLock { $0[context.taskID, default: 0] += 1 } }
        try await enqueue(2_000)
        try await withServer(handler: handler) { _ in
            try await withServer(handler: handler) { _ in _ = try await outcomes.next(2_000) }
        }
        #expect(runs.withLock { $0.count } == 2_000)
        #expect(runs.withLock { $0.values.allSatisfy { $0 == 1 } })
        let info = try await queueInfo()
        #expect(info.processedTotal == 2_000)
        #expect(info.size == 0)
    }

    @Test func `item 40: tasks of several queues with the same id all run`() async throws {
        for queue in ["a", "b", "c"] { try await enqueue("0", "1", "2", "3", "4", on: queue) }
        let seen = LockedValue<Set<String>>([])
        let handler = ClosureHandler { _, context in
            _ = seen.withLock { $0.insert("\(context.queue)/\(context.taskID)") }
        }
        try await withServer(configuration { $0.queues = ["a": 3, "b": 1, "c": 2] }, handler: handler) { _ in
            _ = try await outcomes.next(15)
        }
        #expect(seen.withLock { $0.count } == 15)
    }

    @Test func `item 35: a strict server empties the heavier queue first`() async throws {
        try await enqueue(10, on: "low")
        try await enqueue(10, on: "high")
        let order = Mailbox<String>()
        let configuration = configuration {
            $0.queues = ["low": 1, "high": 2]
            $0.strictPriority = true
            $0.concurrency = 1
        }
        try await withServer(configuration, handler: ClosureHandler { order.send($1.queue) }) { _ in
            _ = try await outcomes.next(20)
        }
        #expect(try await order.next(20) == Array(repeating: "high", count: 10) + Array(repeating: "low", count: 10))
    }

    @Test func `item 36, W14: concurrency is never exceeded, not even by handlers that ignore their timeout`()
        async throws
    {
        let gate = Gate()
        let running = Crowd()
        let handler = ClosureHandler { [started] _, context in
            await running.join { _ in
                started.send(context.taskID)
                await gate.waitStubbornly()
            }
        }
        for index in 0..<6 {
            try await enqueue(EnqueueOptions(taskID: "\(index)", maxRetry: 0, timeout: .seconds(1)))
        }
        let timedOut = Mailbox<Bool>()
        let configuration = configuration {
            $0.concurrency = 2
            $0.errorHandler = { _, _, error in timedOut.send(error is DeadlineExceeded) }
        }
        try await withServer(configuration, handler: handler) { _ in
            let first = try await started.next(2)
            // Both slots' timeouts pass while the handlers go on; the slots must stay taken.
            while true {
                let task = try await inspector.tasks(in: "default", state: .active)
                guard task.count == 2, try await queueInfo().count(.pending) == 4 else { break }
                let deadline = try await inspector.servers().flatMap(\.workers).map(\.deadline).max()
                if let deadline, deadline < Date(timeIntervalSinceNow: -0.3) { break }
            }
            #expect(try await inspector.tasks(in: "default", state: .active).map(\.id).sorted() == first.sorted())
            gate.open()
            _ = try await outcomes.next(6)
        }
        #expect(running.most == 2)
        #expect(try await timedOut.next())
    }

    @Test func `a queue's own limit holds while others go on`() async throws {
        try await enqueue(6, on: "narrow")
        try await enqueue(6, on: "wide")
        let running = Crowd()
        let handler = ClosureHandler { _, context in
            guard context.queue == "narrow" else { return }
            await running.linger()
        }
        let configuration = configuration {
            $0.queues = ["narrow": 1, "wide": 1]
            $0.perQueueConcurrency = { $0 == "narrow" ? 1 : nil }
        }
        try await withServer(configuration, handler: handler) { _ in _ = try await outcomes.next(12) }
        #expect(running.most == 1)
    }

    @Test func `queues are found by prefix as they appear`() async throws {
        let configuration = configuration {
            $0.queues = QueueSelection(weights: ["default": 1], prefixes: ["hospital-": 2])
        }
        try await withServer(configuration) { _ in
            try await enqueue(1)
            #expect(try await outcomes.next().context.queue == "default")
            try await enqueue(1, on: "hospital-NEW")
            #expect(try await outcomes.next().context.queue == "hospital-NEW")
            var served: [String: Int32] = [:]
            while served.count < 2 { served = try await inspector.servers().first?.server.queues ?? [:] }
            #expect(served == ["default": 1, "hospital-NEW": 2])
        }
    }

    @Test func `a task due in a second and a retry run in time, without waiting for a sweep`() async throws {
        let tries = Tally()
        let configuration = configuration {
            $0.forwarderInterval = .seconds(3600)
            $0.retryPolicy = RetryPolicy { _, _, _ in .seconds(1) }
        }
        try await enqueue(EnqueueOptions(taskID: "a", processIn: .seconds(1)))
        let handler = ClosureHandler { _, _ in
            if tries.add() == 1 { throw TestFailure(description: "once") }
        }
        try await withServer(configuration, handler: handler) { _ in
            try await expectOutcome(.retrying)
            try await expectOutcome(.succeeded)
        }
    }

    @Test func `a server and its running task are listed, and gone afterwards`() async throws {
        let gate = Gate()
        try await enqueue("t0")
        try await withServer(configuration { $0.queues = ["default": 5] }, handler: waiting(at: gate)) { server in
            var listed: [ServerStatus] = []
            while listed.first?.server.activeWorkerCount != 1 || listed.first?.workers.isEmpty != false {
                listed = try await inspector.servers()
            }
            let status = try #require(listed.first)
            #expect(status.server.serverID == server.identity.serverID)
            #expect(status.server.status == "active")
            #expect(status.server.queues == ["default": 5])
            #expect(status.server.concurrency == 10)
            #expect(status.server.activeWorkerCount == 1)
            #expect(status.workers.map(\.taskID) == ["t0"])
            gate.open()
        }
        #expect(try await inspector.servers().isEmpty)
    }
}
