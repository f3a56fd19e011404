import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Section 7, items 28, 30 to 37, 39 and 41: leases, recovery, cancelling and outages beside Go servers.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct LeaseConformanceTests {
    private let fixture: ConformanceFixture
    /// The clock of our server and of Go's, begun at the present moment.
    private let clock = BrokerClock()
    private let go: GoFleet
    private let broker: RedisBroker

    init() throws {
        fixture = try ConformanceFixture()
        clock.set(Date())
        go = GoFleet(redis: fixture.redis, clock: { [clock] in clock.now })
        broker = RedisBroker(
            client: fixture.redis, blockingClientConfiguration: fixture.ours.redis.configuration,
            clock: { [clock] in clock.now }, logger: fixture.ours.redis.logger)
    }

    /// Runs one of our servers on the test's clock.
    private func withServer(
        _ configuration: TaskServerConfiguration, _ handler: ClosureHandler, on watched: FlakyBroker? = nil,
        _ body: (TaskServer) async throws -> Void
    ) async throws {
        let server = TaskServer(
            broker: watched ?? broker, configuration: configuration, logger: fixture.ours.redis.logger,
            now: { [clock] in clock.now })
        let running = Task { try await server.run(handler) }
        do { try await body(server) } catch {
            await server.shutdownNow()
            throw error
        }
        await server.shutdown()
        try await running.value
        await broker.close()
    }

    @Test(arguments: [(100, 200), (200, 100)] as [(Int64, Int64)])
    func `item 28: a run is ended at the earlier of timeout and deadline, not before`(
        timeout: Int64, deadline: Int64
    ) async throws {
        clock.set(Date(timeIntervalSince1970: TimeInterval(go.now)))
        let limits = ConformanceFixture.message("a") {
            ($0.timeoutSeconds, $0.deadlineUnixSeconds) = (timeout, go.now + deadline)
        }
        #expect(try await go.enqueue(limits) == 1)
        let started = Mailbox<Void>()
        let handler = ClosureHandler { _, _ in
            started.send(())
            try await Gate().wait()
        }
        // The server's timer waits in real time; a run that is over at once makes it look at the clock that was turned.
        func look(_ id: String) async throws {
            #expect(try await go.enqueue(ConformanceFixture.message(id) { $0.deadlineUnixSeconds = 1 }) == 1)
        }
        try await withServer(fixture.configuration(), handler) { _ in
            try await started.next()
            clock.advance(by: 99)
            try await look("first look")
            #expect(try await fixture.outcomes.next().context.taskID == "first look")
            #expect(try await go.task("a")?.state == "active")
            clock.advance(by: 1)
            try await look("second look")
            #expect(Set(try await fixture.outcomes.next(2).map(\.context.taskID)) == ["second look", "a"])
        }
        #expect(try await go.task("a")?.message.errorMessage == "context deadline exceeded")
        #expect(try await go.task("a")?.state == "retry")
    }

    @Test func `item 30: the lease of a task that runs for 50 s is extended, and a Go server never takes it`()
        async throws
    {
        #expect(try await go.enqueue(ConformanceFixture.message("a")) == 1)
        let started = Mailbox<Void>()
        let gate = Gate()
        let runs = Mailbox<String>()
        let handler = ClosureHandler { _, context in
            runs.send(context.taskID)
            started.send(())
            try await gate.wait()
        }
        try await withServer(fixture.configuration(), handler) { _ in
            try await started.next()
            for _ in 0..<5 {
                clock.advance(by: 10)
                let wanted = go.now + 30
                while try await go.second("a", "lease") ?? 0 < wanted { await Task.yield() }
                #expect(try await go.recover() == [])
                #expect(try await go.dequeue() == nil)
            }
            gate.open()
            guard case .succeeded = try await fixture.outcomes.next().outcome else {
                return #expect(Bool(false), "not succeeded")
            }
        }
        runs.send("end")
        #expect(try await runs.next(2) == ["a", "end"])
    }

    @Test(arguments: [(0, "retry"), (25, "archived")] as [(Int32, String)])
    func `items 31 and 32: Go's recoverer ends the run of a killed worker of ours, 30 s past its lease`(
        retried: Int32, state: String
    ) async throws {
        let message = ConformanceFixture.message("a") { ($0.headers, $0.retried) = (["k": "v"], retried) }
        #expect(try await go.enqueue(message) == 1)
        let dead = WorkerIdentity(host: "h", pid: 1, serverID: "s")
        let lost = try #require(await broker.dequeue(from: ["default"], limit: 1, worker: dead).first).run
        let lease = try #require(await go.second("a", "lease"))
        let held = try await fixture.redis.storedKeys()
        clock.set(Date(timeIntervalSince1970: TimeInterval(lease + 29)))
        #expect(try await go.recover() == [])
        #expect(try await fixture.redis.storedKeys() == held)
        clock.advance(by: 1)
        #expect(try await go.recover() == ["a"])
        let task = try #require(await go.task("a"))
        #expect(task.state == state)
        var expected = message
        (expected.errorMessage, expected.lastFailedAtUnixSeconds) = ("asynq: task lease expired", go.now)
        expected.retried = state == "retry" ? 1 : 25
        #expect(task.message == expected)
        // Each key of asynq's, and no other.
        let present = try await fixture.redis.storedKeys()
        let names = ["t:a", state, "processed", "failed"].map { "asynq:{default}:\($0)" }
        let today = ["processed", "failed"].map { "asynq:{default}:\($0):\(UTCDay(clock.now).text)" }
        #expect(Set(present.keys) == Set(names + today + ["asynq:queues"]))
        for counter in ["processed", "failed"] { #expect(try await go.count(counter) == 1) }
        #expect(try await go.second("a", state) == (state == "retry" ? go.now + 15 : go.now))
        // What the worker says, should it live after all, changes nothing.
        #expect(try await broker.done(lost) == .superseded)
        #expect(try await broker.retry(lost, at: clock.now, error: "late", isFailure: true) == .superseded)
        #expect(try await fixture.redis.storedKeys() == present)
        guard state == "retry" else { return await broker.close() }
        clock.advance(by: 15)
        #expect(try await go.forward() == 1)
        let again = try #require(await broker.dequeue(from: ["default"], limit: 1, worker: dead).first)
        #expect(again.run.message == expected)
        #expect(try await broker.done(again.run) == .written)
        #expect(try await go.task("a") == nil)
        await broker.close()
    }

    @Test(arguments: [(0, "retry"), (25, "archived")] as [(Int32, String)])
    func `items 31 and 32: we recover the task of a killed Go worker, no earlier than 30 s past its lease`(
        retried: Int32, state: String
    ) async throws {
        #expect(try await go.enqueue(ConformanceFixture.message("a") { $0.retried = retried }) == 1)
        #expect(try await go.dequeue() != nil)
        let lease = try #require(await go.second("a", "lease"))
        let looks = Mailbox<Void>()
        let watched = FlakyBroker(broker, doneFaults: []) { call in
            if call == .expiredLeases { looks.send(()) }
        }
        let configuration = fixture.configuration { $0.recovererInterval = .milliseconds(20) }
        try await withServer(configuration, ClosureHandler { _, _ in }, on: watched) { _ in
            try await looks.next()
            clock.set(Date(timeIntervalSince1970: TimeInterval(lease + 29)))
            _ = try await looks.next(3)
            #expect(try await go.task("a")?.state == "active")
            clock.advance(by: 1)
            while try await go.task("a")?.state == "active" { await Task.yield() }
        }
        let task = try #require(await go.task("a"))
        #expect(task.state == state)
        #expect(task.message.errorMessage == "asynq: task lease expired")
        #expect(try await go.count("failed") == 1)
    }

    @Test func `item 34: a queue that Go's tool paused is left alone until it resumes, others go on`() async throws {
        try await go.pause("paused")
        #expect(try await go.enqueue(ConformanceFixture.message("p", queue: "paused")) == 1)
        #expect(try await go.enqueue(ConformanceFixture.message("o", queue: "open")) == 1)
        let configuration = fixture.configuration { $0.queues = ["paused": 9, "open": 1] }
        try await withServer(configuration, ClosureHandler { _, _ in }) { _ in
            #expect(try await fixture.outcomes.next().context.taskID == "o")
            #expect(try await go.task("p", in: "paused")?.state == "pending")
            #expect(try await go.ids("active", in: "paused") == [])
            try await go.unpause("paused")
            #expect(try await fixture.outcomes.next().context.taskID == "p")
        }
    }

    @Test
    func `item 37: one cancel of Go's ends the run before the next heartbeat, with nothing stored to be found later`()
        async throws
    {
        // Publications reach every database of the server.
        let (id, probe) = (UUID().uuidString, UUID().uuidString)
        for id in [id, probe] { #expect(try await go.enqueue(ConformanceFixture.message(id)) == 1) }
        let (started, firstBeat, ended) = (Mailbox<Void>(), Mailbox<Void>(), Mailbox<(beats: Int, at: Date)>())
        let beats = LockedValue(0)
        let watched = FlakyBroker(broker, doneFaults: []) { call in
            guard call == .writeServerState else { return }
            beats.withLock { $0 += 1 }
            firstBeat.send(())
        }
        // Heartbeats and looks for requests that are stored are an hour apart.
        let configuration = fixture.configuration {
            $0.heartbeatInterval = .seconds(3600)
            $0.livenessDuration = .seconds(4 * 3600)
            $0.rescueLookInterval = .seconds(3600)
        }
        let handler = ClosureHandler { [clock] _, context in
            started.send(())
            do { try await Gate().wait() } catch {
                if context.taskID == id { ended.send((beats.withLock { $0 }, clock.now)) }
                throw error
            }
        }
        try await withServer(configuration, handler, on: watched) { _ in
            _ = try await started.next(2)
            try await firstBeat.next()
            // Once the probe's cancel was heard the server is subscribed, and one message must be enough.
            let go = go
            let publisher = Task { while !Task.isCancelled { try? await go.cancel(probe) } }
            #expect(try await fixture.outcomes.next().context.taskID == probe)
            publisher.cancel()
            await publisher.value
            let before = (beats: beats.withLock { $0 }, at: clock.now)
            try await go.cancel(id)
            #expect(try await go.task(id)?.fields["schedcu:cancel"] == nil)
            let end = try await ended.next()
            #expect(end.beats == before.beats)
            #expect(end.at == before.at)
            _ = try await fixture.outcomes.next()
        }
        let task = try #require(await go.task(id))
        #expect(task.state == "retry")
        #expect(task.message.errorMessage == "context canceled")
    }

    @Test func `item 37: a cancel of an id that nobody runs does no harm`() async throws {
        let started = Mailbox<Void>()
        let gate = Gate()
        #expect(try await go.enqueue(ConformanceFixture.message("a")) == 1)
        let handler = ClosureHandler { _, _ in
            started.send(())
            try await gate.wait()
        }
        try await withServer(fixture.configuration(), handler) { _ in
            try await started.next()
            for id in ["unknown", "", "a'b\n"] { try await go.cancel(id) }
            gate.open()
            guard case .succeeded = try await fixture.outcomes.next().outcome else {
                return #expect(Bool(false), "not succeeded")
            }
        }
    }

    @Test func `item 39: tasks without a hash and with damaged messages do not hinder our server`() async throws {
        _ = try await fixture.redis.send("LPUSH", "asynq:{default}:pending", "gone", "bad", "json")
        _ = try await fixture.redis.send(
            "HSET", "asynq:{default}:t:bad", "msg", .bytes([0xFF, 0x01]), "state", "pending")
        _ = try await fixture.redis.send("HSET", "asynq:{default}:t:json", "msg", #"{"type":"t"}"#, "state", "pending")
        #expect(try await go.enqueue(ConformanceFixture.message("good")) == 1)
        try await withServer(fixture.configuration(), ClosureHandler { _, _ in }) { _ in
            let context = try await fixture.outcomes.next().context
            #expect(context.taskID == "good")
        }
        #expect(try await go.ids("active") == [])
        #expect(try await go.ids("lease") == [])
        #expect(try await go.count("processed") == 1)
    }

    @Test func `item 39: a queue with a key of the wrong type does not stop our server's other queues`() async throws {
        // What the Python package asyrq 0.1.1 leaves: a lease that is a hash.
        _ = try await fixture.redis.send("HSET", "asynq:{spoiled}:lease", "x", "1")
        #expect(try await go.enqueue(ConformanceFixture.message("lost", queue: "spoiled")) == 1)
        for number in 0..<5 {
            #expect(try await go.enqueue(ConformanceFixture.message("\(number)", queue: "good")) == 1)
        }
        let configuration = fixture.configuration {
            $0.queues = ["spoiled": 9, "good": 1]
            $0.strictPriority = true
        }
        try await withServer(configuration, ClosureHandler { _, _ in }) { _ in
            let ended = try await fixture.outcomes.next(5)
            #expect(ended.allSatisfy { $0.context.queue == "good" })
        }
        #expect(try await go.ids("active", in: "spoiled").count + go.ids("pending", in: "spoiled").count == 1)
    }
}
