import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Section 6.1: faults of Go asynq that cannot happen here, those apart whose test stands beside what it tests.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct WeaknessTests {
    private let fixture: ConformanceFixture
    private let go: GoFleet

    init() throws {
        fixture = try ConformanceFixture()
        go = fixture.go
    }

    @Test func `item 40, W2: one id active in two queues keeps both leases, and a cancel reaches both runs`()
        async throws
    {
        let id = UUID().uuidString
        for queue in ["a", "b"] { #expect(try await go.enqueue(ConformanceFixture.message(id, queue: queue)) == 1) }
        let probe = UUID().uuidString
        #expect(try await go.enqueue(ConformanceFixture.message(probe, queue: "probe")) == 1)
        let started = Mailbox<String>()
        let configuration = fixture.configuration { $0.queues = ["a": 1, "b": 1, "probe": 1] }
        let handler = ClosureHandler { _, context in
            started.send(context.queue)
            try await Gate().wait()
        }
        try await fixture.ours.withServer(configuration, handler: handler) { _ in
            #expect(Set(try await started.next(3)) == ["a", "b", "probe"])
            for queue in ["a", "b"] {
                _ = try await fixture.redis.send(
                    "ZADD", .string(go.key(queue, "lease")), .integer(go.now + 5), .string(id))
            }
            for queue in ["a", "b"] {
                while try await go.second(id, "lease", in: queue) ?? 0 < go.now + 25 { await Task.yield() }
            }
            // Once the probe's cancel was heard the server is subscribed, and one more message is enough.
            let go = go
            let publisher = Task { while !Task.isCancelled { try? await go.cancel(probe) } }
            #expect(try await fixture.outcomes.next().context.queue == "probe")
            publisher.cancel()
            await publisher.value
            try await go.cancel(id)
            let ended = try await fixture.outcomes.next(2)
            #expect(Set(ended.map(\.context.queue)) == ["a", "b"])
        }
        for queue in ["a", "b"] {
            #expect(try await go.task(id, in: queue)?.message.errorMessage == "context canceled")
        }
    }

    @Test func `W15: failures of other tasks' writes do not put off the retry of one`() async throws {
        let failures = LockedValue<[String: Int]>([:])
        let isHealed = LockedValue(false)
        func heal() { isHealed.withLock { $0 = true } }
        let broker = FlakyBroker(fixture.broker, doneFaults: []) { call in
            guard case .done(let id) = call else { return }
            let times = failures.withLock { counts in
                counts[id, default: 0] += 1
                return counts[id] ?? 0
            }
            // `one` fails once; the others go on failing until the test heals them.
            if id == "one" ? times == 1 : !isHealed.withLock({ $0 }) { throw TestFailure(description: "lost") }
        }
        for id in ["one"] + (0..<6).map({ "other \($0)" }) {
            #expect(try await go.enqueue(ConformanceFixture.message(id)) == 1)
        }
        try await fixture.ours.withServer(
            fixture.configuration(), broker: broker, handler: ClosureHandler { _, _ in }
        ) { _ in
            #expect(try await fixture.outcomes.next().context.taskID == "one")
            #expect(try await go.task("one") == nil)
            #expect(try await go.ids("active").count == 6)
            heal()
            _ = try await fixture.outcomes.next(6)
        }
        #expect(failures.withLock { $0["one"] } == 2)
        #expect(try await go.count("processed") == 7)
    }

    @Test func `W16: tasks are started while a heartbeat hangs`() async throws {
        let gate = Gate()
        let hanging = Mailbox<Void>()
        let broker = FlakyBroker(fixture.broker, doneFaults: []) { call in
            guard call == .writeServerState || call == .extendLeases else { return }
            hanging.send(())
            await gate.waitStubbornly()
        }
        try await fixture.ours.withServer(
            fixture.configuration(), broker: broker, handler: ClosureHandler { _, _ in }
        ) { _ in
            try await hanging.next()
            for number in 0..<30 { #expect(try await go.enqueue(ConformanceFixture.message("\(number)")) == 1) }
            #expect(try await fixture.outcomes.next(30).count == 30)
            gate.open()
        }
    }

    @Test func `item 16, W17: a batch tells each duplicate and keeps each task's headers`() async throws {
        let tasks = ["a", "b", "a"].map {
            (task: QueueTask(type: "t", headers: ["id": $0]), options: EnqueueOptions(taskID: $0))
        }
        let unique = ["u1", "u2"].map {
            (task: QueueTask(type: "u", headers: ["id": $0]), options: EnqueueOptions(taskID: $0, unique: .seconds(9)))
        }
        let results = try await fixture.client.enqueue(batch: tasks + unique)
        #expect(try results[0].get().id == "a")
        #expect(try results[1].get().id == "b")
        #expect(throws: EnqueueError.taskIDConflict) { try results[2].get() }
        #expect(try results[3].get().id == "u1")
        #expect(throws: EnqueueError.duplicateTask) { try results[4].get() }
        for id in ["a", "b", "u1"] { #expect(try await go.task(id)?.message.headers == ["id": id]) }
        #expect(try await go.ids("pending") == ["a", "b", "u1"])
    }

    @Test func `W1: a success that Redis refused for a while is written once it answers, with no lease to wait for`()
        async throws
    {
        let refusals = LockedValue(0)
        let broker = FlakyBroker(fixture.broker, doneFaults: []) { call in
            guard case .done = call else { return }
            let count = refusals.withLock { count in
                count += 1
                return count
            }
            if count <= 3 { throw TestFailure(description: "READONLY") }
        }
        #expect(try await go.enqueue(ConformanceFixture.message("a")) == 1)
        let runs = LockedValue(0)
        let handler = ClosureHandler { _, _ in runs.withLock { $0 += 1 } }
        try await fixture.ours.withServer(fixture.configuration(), broker: broker, handler: handler) { _ in
            _ = try await fixture.outcomes.next()
            #expect(try await go.ids("active") == [])
            #expect(try await go.recover() == [])
        }
        #expect(runs.withLock { $0 } == 1)
        #expect(try await go.count("processed") == 1)
    }

    @Test(arguments: [nil, true, false] as [Bool?])
    func `W22: at its limit a task is archived by an error that is no failure, or tried again, as the setting says`(
        archives: Bool?
    ) async throws {
        #expect(try await go.enqueue(ConformanceFixture.message("a", maxRetry: 2) { $0.retried = 2 }) == 1)
        let configuration = fixture.configuration {
            $0.isFailure = { _ in false }
            if let archives { $0.archivesNonFailuresAtLimit = archives }
        }
        try await fixture.work(1, configuration) { _, _ in throw TestFailure(description: "busy") }
        let isTriedAgain = archives == false
        let task = try #require(await go.task("a"))
        #expect(task.state == (isTriedAgain ? "retry" : "archived"))
        #expect(task.message.retried == 2)
        #expect(task.message.errorMessage == "busy")
        #expect(try await go.count("failed") == (isTriedAgain ? 0 : 1))
    }

    @Test func `W22: failures and SkipRetry archive at the limit whatever the setting says`() async throws {
        for id in ["failure", "skip"] {
            #expect(try await go.enqueue(ConformanceFixture.message(id, maxRetry: 2) { $0.retried = 2 }) == 1)
        }
        let configuration = fixture.configuration {
            $0.isFailure = { $0 is TestFailure }
            $0.archivesNonFailuresAtLimit = false
        }
        try await fixture.work(2, configuration) { _, context in
            if context.taskID == "skip" { throw SkipRetry("no use") }
            throw TestFailure(description: "broken")
        }
        #expect(Set(try await go.ids("archived")) == ["failure", "skip"])
    }

    @Test(arguments: [(true, "archived"), (false, "retry")])
    func `W22: a task at its limit whose worker died is treated alike, where that is no failure`(
        archives: Bool, state: String
    ) async throws {
        var past = go
        past.clock = { Date(timeIntervalSinceNow: -90) }
        #expect(try await past.enqueue(ConformanceFixture.message("a", maxRetry: 2) { $0.retried = 2 }) == 1)
        #expect(try await past.dequeue() != nil)
        let configuration = fixture.configuration {
            $0.isFailure = { !($0 is LeaseExpired) }
            $0.archivesNonFailuresAtLimit = archives
            $0.retryPolicy = RetryPolicy { _, _, _ in .seconds(1000) }
        }
        try await fixture.ours.withServer(configuration, handler: ClosureHandler { _, _ in }) { _ in
            while try await go.task("a")?.state == "active" { await Task.yield() }
        }
        #expect(try await go.task("a")?.state == state)
        #expect(try await go.task("a")?.message.retried == 2)
    }
}
