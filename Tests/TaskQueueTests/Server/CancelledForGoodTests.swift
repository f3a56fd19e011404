import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct CancelledForGoodTests {
    private let fixture: ServerFixture
    private let outcomes = Outcomes()

    init() throws { fixture = try ServerFixture() }

    @Test func `a task cancelled for good is archived, also when the first look for the request fails`() async throws {
        let id = UUID().uuidString
        let started = Mailbox<Void>()
        let failures = LockedValue(2)
        let broker = FlakyBroker(fixture.broker, doneFaults: []) { call in
            guard call == .isCancellationRequested else { return }
            let fails = failures.withLock { failures in
                failures -= 1
                return failures >= 0
            }
            if fails { throw TestFailure(description: "the store is away") }
        }
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: id))
        let handler = ClosureHandler { _, _ in
            started.send(())
            try await Gate().wait()
        }
        let configuration = ServerFixture.configuration { $0.report(to: outcomes) }
        try await fixture.withServer(configuration, broker: broker, handler: handler) { _ in
            try await started.next()
            #expect(try await fixture.inspector.cancel(id, in: "default") == .requested)
            guard case .cancelled = try await outcomes.next().outcome else {
                return #expect(Bool(false), "not cancelled")
            }
        }
        #expect(failures.withLock { $0 } < 0)
        let task = try await fixture.inspector.task(id, in: "default")
        #expect(task.state == .archived)
        #expect(task.retried == 0)
    }
}
