import ConcurrencySupport
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What the program's own callbacks cannot do to a server, and what an interruption before the start does.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct ServerEndTests: ServerSuite {
    let fixture: ServerFixture

    init() throws { fixture = try ServerFixture() }

    @Test(arguments: ["onOutcome", "errorHandler", "onArchive", "onArchive of the rescue", "healthCheck"])
    func `a callback that never returns does not keep a server from ending`(callback: String) async throws {
        let called = Mailbox<Void>()
        let configuration = configuration {
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
        try await enqueue("a")
        if callback == "onArchive of the rescue" {
            // Its worker died while it ran alone: what the rescue takes for poison.
            #expect(try await broker.markAlone(take().run) == .written)
        }
        let handler = ClosureHandler { _, _ in
            if callback == "errorHandler" { throw TestFailure(description: "fails") }
            if callback == "onArchive" { throw SkipRetry("fails") }
        }
        try await withServer(configuration, handler: handler) { server in
            try await called.next()
            await server.shutdownNow()
            #expect(server.status == "closed")
        }
    }

    @Test func `a run that is cancelled while it is asked whether to start does not start`() async throws {
        let holding = HoldingBroker(broker, at: .isCancellationRequested)
        try await enqueue("a")
        let first = try await take()
        #expect(try await broker.requeue(first.run) == .written)
        let runs = Tally()
        let handler = ClosureHandler { _, _ in runs.add() }
        try await withServer(broker: holding.broker, handler: handler) { server in
            try await holding.asked.next()
            // Cancels the run before it has begun; the answer comes afterwards.
            let ending = Task { await server.shutdownNow() }
            try await until { server.status == "closed" }
            holding.gate.open()
            await ending.value
        }
        #expect(runs.count == 0)
        #expect(try await task("a").state == .pending)
    }

    @Test func `a push that came while a queue was asked whether it is paused is not missed`() async throws {
        let holding = HoldingBroker(broker, at: .isPaused)
        // A task that nobody takes ends each wait at once.
        try await enqueue(EnqueueOptions(queue: "watched"))
        let wake = WakeSignal()
        let watch = PendingWatch(broker: holding.broker, wake: wake)
        let running = Task { await watch.run() }
        for _ in 0..<2 {
            watch.arm(["watched"])
            await wake.wait()
        }
        try await holding.asked.next()
        #expect(!watch.isWaiting(for: "watched"))
        watch.arm(["watched"])
        #expect(!watch.isWaiting(for: "watched"))
        holding.gate.open()
        await wake.wait()
        running.cancel()
        await running.value
        await broker.waiters.close()
    }
}
