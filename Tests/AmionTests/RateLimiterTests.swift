import ConcurrencySupport
import ScheduleModel
import Testing

@testable import Amion

extension RateLimiter {
    /// Runs a request when its permit comes.
    func run<Result: Sendable>(
        _ outcome: RequestOutcome = .fetched, _ request: @Sendable () async throws -> Result
    ) async throws -> Result {
        guard case .permit(let permit) = try await permit(for: months(1)[0]) else { throw CancellationError() }
        do {
            let result = try await request()
            await settle(permit, outcome)
            return result
        } catch {
            await settle(permit, .failed)
            throw error
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct RateLimiterTests {
    private let clock = ManualClock()

    private func limiter(_ policy: RatePolicy) -> RateLimiter {
        RateLimiter(LocalPermits(policy: policy, clock: clock), clock: clock)
    }

    /// When so many requests started that all wanted to at once.
    private func starts(_ count: Int, policy: RatePolicy, latency: Duration) async throws -> [Duration] {
        let (limiter, clock) = (limiter(policy), clock)
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
        #expect(starts.prefix(5).allSatisfy { $0 == .zero })
        for (first, sixth) in zip(starts, starts.dropFirst(5)) { #expect(sixth - first >= .seconds(1)) }
    }

    @Test func `global requests start at least a second apart`() async throws {
        let starts = try await starts(8, policy: RatePolicy(scope: .global), latency: .milliseconds(3500))
        #expect(starts.count == 8)
        #expect(starts.first == .zero)
        for (one, next) in zip(starts, starts.dropFirst()) { #expect(next - one >= .seconds(1)) }
    }

    @Test(arguments: [RatePolicy.Scope.perLane, .global])
    func `those who wait and oversleep do not start in a burst`(scope: RatePolicy.Scope) async throws {
        let (limiter, clock) = (limiter(RatePolicy(lanes: 3, scope: scope)), clock)
        let starts = LockedValue<[Duration]>([])
        let waiters = Task {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<12 {
                    group.addTask { try await limiter.run { starts.withLock { $0.append(clock.now.offset) } } }
                }
                try await group.waitForAll()
            }
        }
        for _ in 0..<12 {
            await clock.rest()
            // Everybody sleeps far longer than he wanted to.
            clock.advance(by: .seconds(10))
        }
        await clock.rest()
        try await waiters.value
        let ends = Dictionary(grouping: starts.withLock { $0 }, by: \.self).values.map(\.count)
        #expect(ends.allSatisfy { $0 <= (scope == .global ? 1 : 3) }, "\(starts.withLock { $0 })")
        #expect(ends.reduce(0, +) == 12)
    }

    @Test func `a waiter that is cancelled ends at once and takes no permit along`() async throws {
        let (limiter, clock) = (limiter(RatePolicy(lanes: 1)), clock)
        let didRun = LockedValue(false)
        let holder = Task { try await limiter.run { try await clock.sleep(for: .seconds(10)) } }
        while clock.sleeperCount < 1 { await Task.yield() }
        // One asks and waits for a lane, the other stands in line behind it.
        let waiters = (0..<2).map { _ in Task { try await limiter.run { didRun.withLock { $0 = true } } } }
        await clock.rest()
        for waiter in waiters.reversed() {
            waiter.cancel()
            await #expect(throws: CancellationError.self) { try await waiter.value }
        }
        #expect(!didRun.withLock { $0 })
        clock.wakeNext()
        try await holder.value
        // The lane is free again: the next request starts when its interval is over.
        try await clock.run { try await limiter.run { didRun.withLock { $0 = true } } }
        #expect(didRun.withLock { $0 })
    }

    @Test func `one that is cancelled while it waits for its start leaves the start to the next`() async throws {
        let (limiter, clock) = (limiter(RatePolicy(lanes: 1)), clock)
        try await limiter.run {}
        let early = Task { try await limiter.run {} }
        while clock.sleeperCount < 1 { await Task.yield() }
        early.cancel()
        await #expect(throws: CancellationError.self) { try await early.value }
        let value = try await clock.run { try await limiter.run { clock.now.offset } }
        #expect(value == .seconds(1))
    }

    @Test func `after a throttled request nobody starts before the server's wish is over`() async throws {
        let (limiter, clock) = (limiter(RatePolicy(lanes: 4)), clock)
        try await limiter.run(.throttled(.seconds(30))) {}
        let starts = LockedValue<[Duration]>([])
        try await clock.run {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { try await limiter.run { starts.withLock { $0.append(clock.now.offset) } } }
                }
                try await group.waitForAll()
            }
        }
        // Half of four lanes are left.
        #expect(starts.withLock { $0 } == [30, 30, 31, 31].map { .seconds($0) })
    }

    @Test func `a request that fails gives the lane back`() async throws {
        struct Failed: Error {}
        let limiter = limiter(RatePolicy(lanes: 1, interval: .zero))
        await #expect(throws: Failed.self) { try await limiter.run { throw Failed() } }
        #expect(try await limiter.run { 7 } == 7)
    }

    @Test func `every waiter gets its turn`() async throws {
        let starts = try await starts(60, policy: RatePolicy(lanes: 2, interval: .zero), latency: .milliseconds(1))
        #expect(starts.count == 60)
    }
}
