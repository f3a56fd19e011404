import ConcurrencySupport
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What the program's own callbacks cannot do to a server, and what an interruption before the start does.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct ServerEndTests {
    private let fixture: ServerFixture

    init() throws { fixture = try ServerFixture() }

    @Test(arguments: ["onOutcome", "errorHandler", "onArchive", "onArchive of the rescue", "healthCheck"])
    func `a callback that never returns does not keep a server from ending`(callback: String) async throws {
        let called = Mailbox<Void>()
        let configuration = ServerFixture.configuration {
            $0.abandonTimeout = .milliseconds(10)
            let neverReturn = { @Sendable in
                called.send(())
                await Gate().waitStubbornly()
            }
            switch callback {
            case "onOutcome": $0.onOutcome = { _, _ in await neverReturn() }
            case "errorHandler": $0.errorHandler = { _, _, _ in await neverReturn() }
            case "healthCheck":
                $0.healthCheckInterval = .milliseconds(10)
                $0.healthCheck = { _ in await neverReturn() }
            default: $0.onArchive = { _ in await neverReturn() }
            }
        }
        try await fixture.client.enqueue(QueueTask(type: "t"))
        if callback == "onArchive of the rescue" {
            // Its worker died while it ran alone: what the rescue takes for poison.
            let dead = WorkerIdentity(host: "dead", pid: 2, serverID: "00000000-0000-4000-8000-000000000002")
            let task = try #require(try await fixture.broker.dequeue(from: ["default"], limit: 1, worker: dead).first)
            #expect(try await fixture.broker.markAlone(task.run) == .written)
        }
        let handler = ClosureHandler { _, _ in
            if callback == "errorHandler" { throw TestFailure(description: "fails") }
            if callback == "onArchive" { throw SkipRetry("fails") }
        }
        try await fixture.withServer(configuration, handler: handler) { server in
            try await called.next()
            await server.shutdownNow()
            #expect(server.status == "closed")
        }
    }

    @Test func `a run that is cancelled while it is asked whether to start does not start`() async throws {
        let (asked, gate) = (Mailbox<Void>(), Gate())
        let broker = FlakyBroker(fixture.broker, doneFaults: []) { call in
            guard call == .isCancellationRequested else { return }
            asked.send(())
            await gate.waitStubbornly()
        }
        let outcomes = Outcomes()
        let other = WorkerIdentity(host: "other", pid: 1, serverID: "00000000-0000-4000-8000-000000000001")
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "a"))
        let first = try #require(try await fixture.broker.dequeue(from: ["default"], limit: 1, worker: other).first)
        #expect(try await fixture.broker.requeue(first.run) == .written)
        let ran = LockedValue(false)
        let handler = ClosureHandler { _, _ in ran.withLock { $0 = true } }
        let configuration = ServerFixture.configuration { $0.report(to: outcomes) }
        try await fixture.withServer(configuration, broker: broker, handler: handler) { server in
            try await asked.next()
            // Cancels the run before it has begun; the answer comes afterwards.
            let ending = Task { await server.shutdownNow() }
            while server.status != "closed" { await Task.yield() }
            gate.open()
            await ending.value
        }
        #expect(!ran.withLock { $0 })
        #expect(try await fixture.inspector.task("a", in: "default").state == .pending)
    }

    @Test func `a push that came while a queue was asked whether it is paused is not missed`() async throws {
        let (asked, gate) = (Mailbox<Void>(), Gate())
        let broker = FlakyBroker(fixture.broker, doneFaults: []) { call in
            guard call == .isPaused else { return }
            asked.send(())
            await gate.waitStubbornly()
        }
        // A task that nobody takes ends each wait at once.
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(queue: "watched"))
        let wake = WakeSignal()
        let watch = PendingWatch(broker: broker, wake: wake)
        let running = Task { await watch.run() }
        for _ in 0..<2 {
            watch.arm(["watched"])
            await wake.wait()
        }
        try await asked.next()
        #expect(!watch.isWaiting(for: "watched"))
        watch.arm(["watched"])
        #expect(!watch.isWaiting(for: "watched"))
        gate.open()
        await wake.wait()
        running.cancel()
        await running.value
        await fixture.broker.waiters.close()
    }
}
