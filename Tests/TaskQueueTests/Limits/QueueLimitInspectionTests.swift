import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct QueueLimitInspectionTests {
    private let fixture: BrokerFixture
    private var inspector: TaskInspector { fixture.inspector }

    init() throws { fixture = try BrokerFixture() }

    @Test func `U5: limits are set, read and lifted, each by itself`() async throws {
        #expect(try await inspector.limits(of: "q") == QueueLimits())
        try await inspector.setConcurrencyLimit(3, of: "q")
        try await inspector.setRateLimit(RateLimit(100, per: .seconds(60), burst: 5), of: "q")
        #expect(
            try await inspector.limits(of: "q")
                == QueueLimits(concurrency: 3, rate: RateLimit(100, per: .seconds(60), burst: 5)))
        #expect(
            try await fixture.strings("HMGET", "schedcu:{q}:limits", "concurrency", "rate") == ["3", "100|60000|5"])
        try await inspector.setConcurrencyLimit(nil, of: "q")
        #expect(try await inspector.limits(of: "q") == QueueLimits(rate: RateLimit(100, per: .seconds(60), burst: 5)))
        try await inspector.setRateLimit(nil, of: "q")
        #expect(try await fixture.integer("DBSIZE") == 0)
    }

    @Test(arguments: [0, -1, .min, QueueLimits.largestConcurrency + 1])
    func `a concurrency limit out of range is refused, and the way to stop a queue is named`(limit: Int) async throws {
        let error = await #expect(throws: InspectorError.self) {
            try await inspector.setConcurrencyLimit(limit, of: "q")
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("pause") == true)
        #expect(error?.message.contains("\(limit)") == true)
        #expect(try await fixture.integer("DBSIZE") == 0)
    }

    @Test(arguments: [
        RateLimit(0, per: .seconds(1)), RateLimit(-1, per: .seconds(1)), RateLimit(1_000_001, per: .seconds(1)),
        RateLimit(1, per: .zero), RateLimit(1, per: .seconds(-1)), RateLimit(1, per: .seconds(366 * 86_400 + 1)),
        RateLimit(1, per: .seconds(1), burst: 0), RateLimit(1, per: .seconds(1), burst: 1_000_001),
        RateLimit(1, per: .seconds(Int64.max)),
    ])
    func `a rate limit out of range is refused, and the way to stop a queue is named`(rate: RateLimit) async throws {
        let error = await #expect(throws: InspectorError.self) { try await inspector.setRateLimit(rate, of: "q") }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("pause") == true)
        #expect(try await fixture.integer("DBSIZE") == 0)
    }

    @Test func `a span is stored in whole milliseconds, rounded up so that the rate is kept`() async throws {
        try await inspector.setRateLimit(RateLimit(1, per: .microseconds(1500)), of: "q")
        #expect(try await inspector.limits(of: "q").rate == RateLimit(1, per: .milliseconds(2)))
    }

    @Test func `a limit without a queue is refused`() async throws {
        for queue in ["", "  "] {
            let error = await #expect(throws: InspectorError.self) {
                try await inspector.setConcurrencyLimit(1, of: queue)
            }
            #expect(error?.code == .invalidArgument)
        }
        #expect(try await fixture.integer("DBSIZE") == 0)
    }

    @Test(arguments: [true, false])
    func `W13: a queue that is removed takes its limits along`(withTasks: Bool) async throws {
        let run = try await fixture.running(fixture.message("1", queue: "q")).run
        try await inspector.setConcurrencyLimit(3, of: "q")
        try await inspector.setRateLimit(RateLimit(1, per: .seconds(3600), burst: 2), of: "q")
        #expect(try await fixture.broker.requeue(run) == .written)
        let again = try await fixture.taken(from: "q").run
        #expect(try await fixture.integer("EXISTS", "schedcu:{q}:limits", "schedcu:{q}:rate") == 2)
        #expect(try await fixture.broker.done(again) == .written)
        if withTasks { try await inspector.removeQueueWithTasks("q") } else { try await inspector.removeQueue("q") }
        #expect(try await fixture.integer("DBSIZE") == 0)
    }
}
