import ConcurrencySupport
import Foundation
import Testing

@testable import TaskQueue

/// What users of the library do with the broker in their tests; no Redis is needed.
@Suite(.timeLimit(.minutes(1))) struct InMemoryBrokerTests {
    private let program = InMemoryProgram()
    private var broker: InMemoryBroker { program.broker }
    private var client: TaskClient { program.client }

    @Test func `instances know nothing of each other`() async throws {
        let other = InMemoryProgram()
        try await client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "1"))
        #expect(!broker.isEmpty && other.broker.isEmpty)
        #expect(other.broker.task("1") == nil)
        try await other.client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "1"))
        #expect(broker.queues == ["default"] && broker.tasks().count == 1)
    }

    @Test func `a task runs on a real server, and what it left can be looked at`() async throws {
        let options = EnqueueOptions(queue: "mail", taskID: "1", retention: .seconds(60))
        let info = try await client.enqueue(QueueTask(type: "t", payload: [1, 0]), options)
        #expect(broker.task("1", in: "mail") == info)
        #expect(!broker.isIdle)
        try await program.withServers(1, TaskServerConfiguration(queues: ["mail": 1])) { task, context in
            try await context.resultWriter.write((task.payload ?? []) + [255])
        } _: {
            try await broker.waitUntilIdle()
        }
        let task = try #require(broker.tasks(in: "mail", state: .completed).first)
        #expect(task.result == [1, 0, 255] && task.completedAt == InMemoryProgram.start)
        let numbers = try #require(broker.queueInfo(for: "mail"))
        #expect(numbers.processedTotal == 1 && numbers.failedTotal == 0 && numbers.count(.completed) == 1)
        #expect(broker.queueInfo(for: "none") == nil && broker.isIdle && !broker.isEmpty)
        broker.advance(by: .seconds(59))
        #expect(broker.task("1", in: "mail") != nil)
        broker.advance(by: .seconds(1))
        #expect(broker.isEmpty)
    }

    @Test func `a delayed task runs when the clock is turned to its moment, not before`() async throws {
        let ran = Mailbox<Date>()
        try await program.withServers { [broker] _, _ in
            ran.send(broker.now)
        } _: {
            try await client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "1", processIn: .seconds(86_400)))
            #expect(broker.isIdle)
            broker.advance(by: .seconds(86_399))
            #expect(broker.isIdle && broker.task("1")?.state == .scheduled)
            broker.advance(by: .seconds(1))
            try await broker.waitUntilIdle()
        }
        #expect(try await ran.next() == InMemoryProgram.start + 86_400)
        #expect(broker.isEmpty)
    }

    @Test func `failures are retried as the clock is turned, and end in the archive`() async throws {
        try await client.enqueue(
            QueueTask(type: "t"), EnqueueOptions(taskID: "1", maxRetry: 2, retryDelays: .fixed(.seconds(3600))))
        try await program.withServers { _, context in
            throw TestFailure(description: "try \(context.retried)")
        } _: {
            for retried in 0...1 {
                try await broker.waitUntilIdle()
                let task = try #require(broker.task("1"))
                #expect(task.state == .retry && task.retried == retried + 1 && task.lastError == "try \(retried)")
                #expect(task.nextProcessAt == broker.now + 3600)
                broker.advance(by: .seconds(3600))
            }
            try await broker.waitUntilIdle()
        }
        #expect(broker.task("1")?.state == .archived && broker.task("1")?.lastError == "try 2")
        broker.advance(by: .seconds(90 * 86_400))
        #expect(broker.isEmpty)
    }

    @Test func `a unique lock ends with its time`() async throws {
        let options = EnqueueOptions(unique: .seconds(60))
        try await client.enqueue(QueueTask(type: "t"), options)
        broker.advance(by: .milliseconds(59_999))
        await #expect(throws: EnqueueError.duplicateTask) { try await client.enqueue(QueueTask(type: "t"), options) }
        broker.advance(by: .milliseconds(1))
        try await client.enqueue(QueueTask(type: "t"), options)
        #expect(broker.tasks(state: .pending).count == 2)
    }

    @Test func `an expired task is dropped, not run`() async throws {
        try await client.enqueue(QueueTask(type: "t"), EnqueueOptions(expiresIn: .seconds(60)))
        broker.advance(by: .seconds(61))
        try await program.withServers { _, _ in
            Issue.record("it ran")
        } _: {
            try await broker.waitUntilIdle()
        }
        #expect(broker.isEmpty)
    }

    @Test func `a wait for an idle broker says what keeps it busy`() async throws {
        try await client.enqueue(QueueTask(type: "t"), EnqueueOptions(queue: "nobody's"))
        let error = await #expect(throws: InMemoryBrokerError.self) {
            try await broker.waitUntilIdle(within: .milliseconds(5))
        }
        #expect(error?.code == .notIdle)
        #expect(error?.message.contains("queue \"nobody's\" has 1 pending and 0 running tasks") == true)
    }

    @Test func `several servers share an instance, and each task runs once`() async throws {
        let runs = LockedValue<[String: Int]>([:])
        _ = try await client.enqueue(
            batch: (0..<500).map { (QueueTask(type: "t"), EnqueueOptions(taskID: "\($0)", retention: .seconds(60))) })
        try await program.withServers(3) { _, context in
            runs.withLock { $0[context.taskID, default: 0] += 1 }
        } _: {
            try await broker.waitUntilIdle()
            broker.advance(by: .seconds(45))
        }
        #expect(runs.withLock { $0 } == Dictionary(uniqueKeysWithValues: (0..<500).map { ("\($0)", 1) }))
        #expect(broker.tasks(state: .completed).count == 500)
    }

    @Test func `waiting and running tasks can be cancelled for good`() async throws {
        let started = Mailbox<Void>()
        try await client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "waits", processIn: .seconds(60)))
        #expect(try broker.cancel("waits") == .archived)
        #expect(throws: InspectorError.self) { try broker.cancel("waits") }
        #expect(throws: InspectorError.self) { try broker.cancel("none") }
        try await client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "runs"))
        try await program.withServers { _, _ in
            started.send(())
            try await Task.sleep(for: .seconds(3600))
        } _: {
            try await started.next()
            #expect(broker.task("runs")?.state == .active)
            #expect(try broker.cancel("runs") == .requested)
            try await broker.waitUntilIdle()
        }
        #expect(broker.tasks(state: .archived).map(\.lastError) == ["cancelled", "cancelled"])
    }

    @Test func `a paused queue waits, and goes on when it is resumed`() async throws {
        broker.pause("default")
        try await client.enqueue(QueueTask(type: "t"))
        try await program.withServers { _, _ in
        } _: {
            await #expect(throws: InMemoryBrokerError.self) {
                try await broker.waitUntilIdle(within: .milliseconds(50))
            }
            broker.unpause("default")
            try await broker.waitUntilIdle()
        }
        #expect(broker.isEmpty)
    }

    @Test func `limits hold for all servers of the instance`() async throws {
        let running = LockedValue((now: 0, most: 0))
        broker.setLimits(QueueLimits(concurrency: 2), of: "default")
        _ = try await client.enqueue(batch: (0..<40).map { _ in (QueueTask(type: "t"), EnqueueOptions()) })
        try await program.withServers(2) { _, _ in
            running.withLock { running in
                running.now += 1
                running.most = max(running.most, running.now)
            }
            for _ in 0..<20 { await Task.yield() }
            running.withLock { $0.now -= 1 }
        } _: {
            try await broker.waitUntilIdle()
        }
        #expect(running.withLock { $0.most } == 2)
    }

    @Test func `item 31: a lease ends as the clock is turned, and of a living worker it does not`() async throws {
        let dead = WorkerIdentity(host: "h", pid: 1, serverID: "dead")
        try await client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "1"))
        let run = try #require(await broker.dequeue(from: ["default"], limit: 1, worker: dead).first).run
        broker.advance(by: .seconds(30))
        #expect(broker.task("1")?.isOrphaned == true)
        #expect(try await broker.expiredLeases(queue: "default", cutoff: broker.now) == [run])
        let info = ServerInfo(
            host: "h", pid: 1, serverID: "dead", concurrency: 1, queues: [:], strictPriority: false, status: "active",
            startedAt: broker.now, activeWorkerCount: 1)
        try await broker.writeServerState(info, workers: [], worker: dead, liveness: .seconds(3600))
        broker.advance(by: .seconds(3600))
        #expect(try await broker.expiredLeases(queue: "default", cutoff: broker.now) == [])
    }

    @Test func `a periodic task is enqueued as the clock is turned`() async throws {
        let scheduler = PeriodicTaskScheduler(broker: broker, logger: InMemoryProgram.logger)
        let id = try scheduler.register("@every 1h", QueueTask(type: "t"))
        let running = Task { try await scheduler.run() }
        while broker.schedulerEntries.isEmpty { await Task.yield() }
        for count in 1...3 {
            broker.advance(by: .seconds(3600))
            while broker.history(ofEntry: id).count < count { await Task.yield() }
            #expect(broker.tasks().count == count)
        }
        await scheduler.shutdown()
        try await running.value
        #expect(broker.schedulerEntries.isEmpty)
    }

    @Test func `U1: two schedulers of a fleet enqueue a tick once`() async throws {
        var configuration = PeriodicSchedulerConfiguration()
        configuration.enqueuesOncePerTick = true
        let schedulers = (0..<2).map { _ in
            PeriodicTaskScheduler(broker: broker, configuration: configuration, logger: InMemoryProgram.logger)
        }
        for scheduler in schedulers { try scheduler.register("@every 1h", QueueTask(type: "t")) }
        let running = schedulers.map { scheduler in Task { try await scheduler.run() } }
        while broker.schedulerEntries.isEmpty { await Task.yield() }
        for count in 1...3 {
            broker.advance(by: .seconds(3600))
            while broker.tasks().count < count { await Task.yield() }
        }
        for scheduler in schedulers { await scheduler.shutdown() }
        for run in running { try await run.value }
        #expect(broker.tasks().count == 3)
    }

    @Test func `the broker's clock is the system's unless told, and turns from there`() {
        let broker = InMemoryBroker()
        let before = Date()
        #expect(broker.now >= before)
        broker.advance(by: .seconds(1000))
        #expect(broker.now >= before + 1000)
        broker.advance(by: .seconds(-5))
        #expect(broker.now >= before + 1000)
    }
}
