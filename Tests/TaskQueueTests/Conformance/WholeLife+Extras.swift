import Foundation
import Logging
import Testing

@testable import TaskQueue

/// What is not a single task's way: groups, periodic tasks, semaphores, tasks in bulk and the end of a queue.
extension WholeLife {
    /// Queues that are removed, and must leave nothing.
    static let removedQueues = ["bulk", "emptied ü"]

    /// Joins two groups, gives a set back, and leaves one staged.
    func joinGroups(logger: Logger) async throws {
        let queue = "joined ü"
        func member(_ number: Int) -> (task: QueueTask, options: EnqueueOptions) {
            let options = EnqueueOptions(
                queue: queue, taskID: "m\(number)", unique: .seconds(500), group: "g:\(number % 2)")
            return (QueueTask(type: "member", payload: [UInt8(number)]), options)
        }
        for result in try await client.enqueue(batch: (0..<4).map(member)) { _ = try result.get() }
        let set = try #require(await broker.stageGroup("g:0", in: queue, limits: .init(maxSize: 2)))
        try await broker.giveBack(set)
        #expect(try await broker.reclaimStaleSets(in: queue) == 0)
        let outcomes = Outcomes()
        let configuration = ServerFixture.configuration {
            var aggregation = GroupAggregation(limits: .init(maxSize: 2)) { _, _, tasks in
                QueueTask(type: "joined", payload: tasks.flatMap { $0.payload ?? [] })
            }
            aggregation.checkInterval = .milliseconds(20)
            $0.groupAggregation = aggregation
            $0.queues = QueueSelection(weights: [queue: 1])
            $0.report(to: outcomes)
        }
        let server = TaskServer(broker: broker, configuration: configuration, logger: logger)
        let running = Task { try await server.run(ClosureHandler { _, _ in }) }
        _ = try await outcomes.next(2)
        await server.shutdown()
        try await running.value
        let last = member(4)
        try await client.enqueue(last.task, last.options)
        _ = try #require(await broker.stageGroup("g:0", in: queue, limits: .init(maxSize: 1)))
        _ = try await broker.relistLostGroups(atMostEvery: .seconds(600))
    }

    /// Enqueues what two entries say, once a tick, on a clock that is turned.
    func runPeriodicTasks(logger: Logger) async throws {
        let clock = TurnedClock()
        let results = Mailbox<Result<TaskInfo, any Error>>()
        var configuration = PeriodicSchedulerConfiguration()
        configuration.enqueuesOncePerTick = true
        configuration.postEnqueue = { results.send($0) }
        let scheduler = PeriodicTaskScheduler(
            broker: broker, configuration: configuration, logger: logger,
            identity: WorkerIdentity(host: "h", pid: 3, serverID: "p"), clock: clock.periodic)
        let options = EnqueueOptions(queue: "periodic")
        try scheduler.register("@every 1m", QueueTask(type: "tick"), options, id: .fixed("nightly ü"))
        try scheduler.register("* * * * *", QueueTask(type: "tick"), options)
        let running = Task { try await scheduler.run() }
        await clock.somebodySleeps(until: 60)
        clock.advance(to: 60)
        for result in try await results.next(2) { _ = try result.get() }
        await scheduler.shutdown()
        try await running.value
    }

    /// Limits the queues widely enough for everything else.
    func limitQueues() async throws {
        for queue in Self.queues {
            try await inspector.setConcurrencyLimit(1000, of: queue)
            try await inspector.setRateLimit(RateLimit(1000, per: .seconds(1), burst: 1000), of: queue)
        }
    }

    /// Takes a token, is refused one, gives one back, and leaves one taken.
    func useSemaphore() async throws {
        let semaphore = try TaskSemaphore(client: redis, scope: "one at a time", limit: 1)
        let later = Date(timeIntervalSinceNow: 500)
        #expect(try await semaphore.acquire(taskID: "a", deadline: later))
        #expect(try await semaphore.acquire(taskID: "b", deadline: later) == false)
        try await semaphore.release(taskID: "a")
        #expect(try await semaphore.acquire(taskID: "b", deadline: later))
    }

    /// Removes a queue with many tasks in all that may wait, and one that was emptied.
    func removeQueues() async throws {
        let (bulk, emptied) = (Self.removedQueues[0], Self.removedQueues[1])
        var batch = (0..<120).map {
            (task: QueueTask(type: "t", payload: [1]), options: EnqueueOptions(queue: bulk, taskID: "\($0)"))
        }
        batch += [
            (QueueTask(type: "u"), EnqueueOptions(queue: bulk, unique: .seconds(500))),
            (QueueTask(type: "u"), EnqueueOptions(queue: bulk, unique: .seconds(500), uniqueKey: "mine")),
            (QueueTask(type: "u"), EnqueueOptions(queue: bulk, processIn: .seconds(500))),
            (QueueTask(type: "u"), EnqueueOptions(queue: bulk, group: "g")),
        ]
        for result in try await client.enqueue(batch: batch) { _ = try result.get() }
        try await inspector.pause(bulk)
        #expect(try await inspector.removeQueueWithTasks(bulk) == batch.count)
        try await client.enqueue(QueueTask(type: "t"), EnqueueOptions(queue: emptied, taskID: "a"))
        let worker = WorkerIdentity(host: "h", pid: 1, serverID: "s")
        let run = try #require(await broker.dequeue(from: [emptied], limit: 1, worker: worker).first).run
        #expect(try await broker.done(run) == .written)
        #expect(try await inspector.removeQueue(emptied) == 0)
    }
}
