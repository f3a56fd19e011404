import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Aggregation by a running server.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct AggregatorTests: ServerSuite {
    let fixture: ServerFixture
    private let joined = Mailbox<QueueTask>()

    init() throws { fixture = try ServerFixture() }

    /// Passes every task on to the test.
    private var handler: ClosureHandler {
        ClosureHandler { [joined] task, _ in joined.send(task) }
    }

    private func configuration(
        limits: GroupAggregation.Limits, queueLimits: [String: GroupAggregation.Limits] = [:],
        options: EnqueueOptions = EnqueueOptions(), aggregate: GroupAggregation.Aggregate? = nil
    ) -> TaskServerConfiguration {
        configuration {
            var aggregation = GroupAggregation(
                limits: limits, queueLimits: queueLimits, options: options,
                aggregate: aggregate ?? { Self.concatenate($0, $1, $2) })
            aggregation.checkInterval = .milliseconds(20)
            $0.groupAggregation = aggregation
            $0.recovererInterval = .milliseconds(50)
            $0.queues = QueueSelection(weights: ["default": 1, "q": 1])
        }
    }

    /// A task with all payloads, one after the other.
    private static func concatenate(_ group: String, _ queue: String, _ tasks: [QueueTask]) -> QueueTask? {
        QueueTask(
            type: "joined:\(group)", payload: tasks.flatMap { $0.payload ?? [] },
            headers: Dictionary(tasks.flatMap(\.headers).map { ($0.key, $0.value) }) { $0 + $1 })
    }

    private func enqueue(_ payloads: ClosedRange<UInt8>, group: String = "g", queue: String = "default") async throws {
        for byte in payloads {
            try await client.enqueue(
                QueueTask(type: "member", payload: [byte], headers: ["trace": "\(byte)"]),
                EnqueueOptions(queue: queue, taskID: "\(byte)", group: group))
        }
    }

    private func memberScores(_ group: String = "g") async throws -> [String] {
        try await redis.send("ZRANGE", .string("asynq:{default}:g:\(group)"), 0, -1, "WITHSCORES")
            .array().map { try $0.string() }
    }

    private func expectNothingLeft() async throws {
        let info = try await queueInfo()
        #expect(info.size == 0)
        let keys = try await redis.storedKeys().keys.filter {
            $0.contains(":g:") || $0.contains(":t:") || $0.contains("aggregation_sets") || $0.hasSuffix(":groups")
        }
        #expect(keys == [])
    }

    @Test func `items 12 and 47: a full group becomes one task of its queue; the function sees payloads and headers`()
        async throws
    {
        try await enqueue(1...3, group: "g:1", queue: "q")
        let configuration = configuration(limits: .init(maxSize: 3))
        try await withServer(configuration, handler: handler) { _ in
            let task = try await joined.next()
            #expect(task == QueueTask(type: "joined:g:1", payload: [1, 2, 3], headers: ["trace": "123"]))
        }
        let info = try await queueInfo("q")
        #expect(info.processedTotal == 1)
        #expect(info.size == 0)
    }

    @Test func `item 47, U24: each queue has its own limits`() async throws {
        try await enqueue(1...4, queue: "q")
        try await enqueue(5...8)
        let configuration = configuration(limits: .init(maxSize: 4), queueLimits: ["q": .init(maxSize: 2)])
        try await withServer(configuration, handler: handler) { _ in
            let payloads = try await joined.next(3).compactMap(\.payload)
            #expect(Set(payloads) == [[1, 2], [3, 4], [5, 6, 7, 8]])
        }
    }

    @Test(arguments: [
        GroupAggregation.Limits(gracePeriod: .seconds(60)),
        GroupAggregation.Limits(gracePeriod: .seconds(3600), maxDelay: .seconds(60)),
    ])
    func `item 47: a group that has waited long enough is joined without being full`(limits: GroupAggregation.Limits)
        async throws
    {
        let clock = BrokerClock()
        clock.set(Date())
        let broker = fixture.redis.broker { clock.now }
        try await enqueue(1...2)
        clock.advance(by: 61)
        try await withServer(configuration(limits: limits), broker: broker, handler: handler) { _ in
            let payload = try await joined.next().payload
            #expect(payload == [1, 2])
        }
        await broker.close()
    }

    @Test func `the options say how the joined task runs; queue, id and group are the aggregator's`() async throws {
        let options = EnqueueOptions(
            queue: "elsewhere", taskID: "x", maxRetry: 3, processIn: .seconds(3600), retention: .seconds(60), group: "g"
        )
        try await enqueue(1...2)
        try await withServer(configuration(limits: .init(maxSize: 2), options: options), handler: handler) {
            _ in
            var scheduled: [TaskInfo] = []
            while scheduled.isEmpty { scheduled = try await inspector.tasks(in: "default", state: .scheduled) }
            let task = try #require(scheduled.first)
            #expect(task.type == "joined:g")
            #expect(task.id != "x")
            #expect(task.maxRetry == 3)
            #expect(task.retention == .seconds(60))
        }
        #expect(try await inspector.queues() == ["default"])
    }

    @Test(arguments: [0, 1, 2])
    func `W20: a function that throws, returns nil or a bad task loses nothing and is called again`(fault: Int)
        async throws
    {
        let calls = Tally()
        try await enqueue(1...2)
        let before = try await memberScores()
        let (failed, mayGoOn) = (Mailbox<Int>(), Gate())
        let configuration = configuration(limits: .init(maxSize: 2)) { group, queue, tasks in
            let call = calls.add()
            if call == 2 {
                failed.send(call)
                await mayGoOn.waitStubbornly()
            }
            guard call > 2 else {
                if fault == 0 { throw TestFailure(description: "no") }
                return fault == 1 ? nil : QueueTask(type: " ")
            }
            return Self.concatenate(group, queue, tasks)
        }
        try await withServer(configuration, handler: handler) { _ in
            _ = try await failed.next()
            let sets = try await redis.send("ZRANGE", "asynq:{default}:aggregation_sets", 0, -1).array()
            let staged = try await redis.send(
                "ZRANGE", .string(try #require(sets.first).string()), 0, -1, "WITHSCORES")
            #expect(try staged.array().map { try $0.string() } == before)
            try await redis.expectOneContainerEach()
            mayGoOn.open()
            let payload = try await joined.next().payload
            #expect(payload == [1, 2])
        }
        try await expectNothingLeft()
    }

    @Test func `W20: lost requests and answers of the last write make neither two tasks nor none`() async throws {
        let broker = FlakyBroker(broker, doneFaults: [.requestLost, .answerLost, .requestLost, .answerLost])
        try await enqueue(1...4)
        let configuration = configuration(limits: .init(maxSize: 2))
        let runs = Mailbox<[UInt8]>()
        let handler = ClosureHandler { task, _ in runs.send(task.payload ?? []) }
        try await withServer(configuration, broker: broker, handler: handler) { _ in
            let payloads = try await runs.next(2)
            #expect(Set(payloads) == [[1, 2], [3, 4]])
        }
        #expect(broker.faultsLeft == 0)
        try await expectNothingLeft()
        #expect(try await queueInfo().processedTotal == 2)
    }

    @Test func `W8: tasks of a group that left the list are found and joined`() async throws {
        try await enqueue(1...2)
        try await redis.send("DEL", "asynq:{default}:groups")
        try await withServer(configuration(limits: .init(maxSize: 2)), handler: handler) { _ in
            let payload = try await joined.next().payload
            #expect(payload == [1, 2])
        }
    }

    @Test func `item 47: a server that does not aggregate puts stale sets back, and leaves groups alone`() async throws
    {
        let clock = BrokerClock()
        clock.set(Date(timeIntervalSinceNow: -121))
        let dead = fixture.redis.broker { clock.now }
        try await enqueue(1...2)
        let before = try await memberScores()
        _ = try #require(await dead.stageGroup("g", in: "default", limits: .init(maxSize: 2)))
        #expect(try await memberScores() == [])
        try await withServer(handler: handler) { _ in
            try await until { try await !memberScores().isEmpty }
        }
        #expect(try await memberScores() == before)
        try await redis.expectOneContainerEach()
        await dead.close()
    }

    @Test func `item 69: two servers join 1,000 tasks each exactly once`() async throws {
        let batch = (0..<1000).map { number in
            (
                task: QueueTask(type: "member", payload: Array("\(number),".utf8)),
                options: EnqueueOptions(taskID: "\(number)", group: "g\(number % 4)")
            )
        }
        for result in try await client.enqueue(batch: batch) { _ = try result.get() }
        let configuration = configuration(limits: .init(maxSize: 10))
        var tasks: [QueueTask] = []
        try await withServer(configuration, handler: handler) { _ in
            try await withServer(configuration, handler: handler) { _ in tasks = try await joined.next(100) }
        }
        let numbers = tasks.flatMap { String(decoding: $0.payload ?? [], as: UTF8.self).split(separator: ",") }
        #expect(numbers.count == 1000)
        #expect(Set(numbers.compactMap { Int($0) }) == Set(0..<1000))
        #expect(try await queueInfo().processedTotal == 100)
        try await expectNothingLeft()
    }

    @Test func `limits that asynq refuses are refused here`() async {
        await #expect(processExitsWith: .failure) { _ = GroupAggregation.Limits(gracePeriod: .milliseconds(999)) }
        await #expect(processExitsWith: .failure) { _ = GroupAggregation.Limits(maxDelay: .milliseconds(999)) }
        await #expect(processExitsWith: .failure) { _ = GroupAggregation.Limits(maxSize: 0) }
    }

    @Test func `groups are looked at every 7 s, or every shortest grace period`() {
        func tick(_ grace: Duration, _ queue: Duration? = nil) -> Duration {
            GroupAggregation(
                limits: .init(gracePeriod: grace), queueLimits: queue.map { ["q": .init(gracePeriod: $0)] } ?? [:]
            ) { _, _, _ in nil }.tick
        }
        #expect(tick(.seconds(60)) == .seconds(7))
        #expect(tick(.seconds(3)) == .seconds(3))
        #expect(tick(.seconds(60), .seconds(2)) == .seconds(2))
        #expect(tick(.seconds(3), .seconds(9)) == .seconds(3))
    }
}
