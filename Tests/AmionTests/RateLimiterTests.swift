import ConcurrencySupport
import Testing

@testable import Amion

@Suite(.timeLimit(.minutes(1))) struct RateLimiterTests {
    /// When so many requests started that all wanted to at once.
    private func starts(_ count: Int, policy: RatePolicy, latency: Duration) async throws -> [Duration] {
        let clock = ManualClock()
        let limiter = RateLimiter(policy: policy, clock: clock)
        let starts = LockedValue<[Duration]>([])
        try await clock.run {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<count {
                    group.addTask {
                        try await limiter.run {
                            starts.withLock { $0.append(clock.now.offset) }
                            try await clock.sleep(for: latency)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        return starts.withLock { $0.sorted() }
    }

    @Test(arguments: [1, 150, 2500])
    func `per lane never more than five requests start within a second`(latency: Int) async throws {
        let starts = try await starts(20, policy: RatePolicy(), latency: .milliseconds(latency))
        #expect(starts.count == 20)
        for (first, sixth) in zip(starts, starts.dropFirst(5)) { #expect(sixth - first >= .seconds(1)) }
    }

    @Test func `global requests start at least a second apart`() async throws {
        let starts = try await starts(8, policy: RatePolicy(scope: .global), latency: .milliseconds(3500))
        #expect(starts.count == 8)
        for (one, next) in zip(starts, starts.dropFirst()) { #expect(next - one >= .seconds(1)) }
    }

    @Test func `a waiter that is cancelled ends at once and takes no permit along`() async throws {
        let clock = ManualClock()
        let limiter = RateLimiter(policy: RatePolicy(lanes: 1), clock: clock)
        let didRun = LockedValue(false)
        let holder = Task { try await limiter.run { try await clock.sleep(for: .seconds(10)) } }
        while clock.sleeperCount < 1 { await Task.yield() }
        let waiter = Task { try await limiter.run { didRun.withLock { $0 = true } } }
        await clock.rest()
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        #expect(!didRun.withLock { $0 })
        clock.wakeNext()
        try await holder.value
        // The lane is free again: the next request starts when its interval is over.
        try await clock.run { try await limiter.run { didRun.withLock { $0 = true } } }
        #expect(didRun.withLock { $0 })
    }

    @Test func `one that is cancelled while it waits for its start gives the lane back`() async throws {
        let clock = ManualClock()
        let limiter = RateLimiter(policy: RatePolicy(lanes: 1), clock: clock)
        try await limiter.run {}
        let early = Task { try await limiter.run {} }
        while clock.sleeperCount < 1 { await Task.yield() }
        early.cancel()
        await #expect(throws: CancellationError.self) { try await early.value }
        let value = try await clock.run { try await limiter.run { clock.now.offset } }
        #expect(value >= .seconds(1))
    }

    @Test func `a request that fails gives the lane back`() async throws {
        struct Failed: Error {}
        let clock = ManualClock()
        let limiter = RateLimiter(policy: RatePolicy(lanes: 1, interval: .zero), clock: clock)
        await #expect(throws: Failed.self) { try await limiter.run { throw Failed() } }
        #expect(try await limiter.run { 7 } == 7)
    }

    @Test func `every waiter gets its turn`() async throws {
        let starts = try await starts(60, policy: RatePolicy(lanes: 2, interval: .zero), latency: .milliseconds(1))
        #expect(starts.count == 60)
    }
}
