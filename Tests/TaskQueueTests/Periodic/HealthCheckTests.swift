import ConcurrencySupport
import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct HealthCheckTests {
    @Test func `the store is asked after each interval, not at the start, and the answer is told`() async throws {
        let fixture = try BrokerFixture()
        let (slept, reports, go) = (Mailbox<Duration>(), Mailbox<String>(), Mailbox<Void>())
        var configuration = TaskServerConfiguration()
        let count = LockedValue(0)
        configuration.healthCheck = { error in
            count.withLock { $0 += 1 }
            reports.send(error == nil ? "well" : "ill")
        }
        let checker = HealthChecker(
            broker: fixture.broker, control: ServerControl(concurrency: 1, burstCount: 0), configuration: configuration
        ) { interval in
            slept.send(interval)
            try await go.next()
        }
        let running = Task { await checker.run() }
        for number in 0..<2 {
            #expect(try await slept.next() == .seconds(15))
            #expect(count.withLock { $0 } == number)
            go.send(())
            #expect(try await reports.next() == "well")
        }
        await fixture.redis.client.close()
        _ = try await slept.next()
        go.send(())
        #expect(try await reports.next() == "ill")
        running.cancel()
        await running.value
    }

    @Test func `a server with a health check tells that its store is well`() async throws {
        let fixture = try ServerFixture()
        let reports = Mailbox<Bool>()
        let configuration = ServerFixture.configuration { configuration in
            configuration.healthCheckInterval = .milliseconds(1)
            configuration.healthCheck = { error in reports.send(error == nil) }
        }
        try await fixture.withServer(configuration, handler: ServeMux()) { _ in
            let told = try await reports.next(3)
            #expect(told == [true, true, true])
        }
    }
}
