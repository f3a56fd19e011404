/// Hands out the permits of one policy: the one place that owns the next start.
package actor RateLimiter {
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Duration
    private var schedule: PermitSchedule
    private var waiters: [(id: Int, continuation: CheckedContinuation<Void, Never>)] = []
    private var nextWaiter = 0

    /// Makes a limiter whose time begins now.
    package init(policy: RatePolicy, clock: any Clock<Duration> = ContinuousClock()) {
        self.clock = clock
        now = Self.elapsed(of: clock)
        schedule = PermitSchedule(policy: policy)
    }

    /// Runs a request when its permit comes.
    ///
    /// - Parameter request: What to run; it holds its lane until it returns.
    /// - Returns: What the request returned.
    /// - Throws: `CancellationError` while waiting, or whatever `request` throws.
    package func run<Result: Sendable>(_ request: @Sendable () async throws -> Result) async throws -> Result {
        let permit = try await permit()
        defer { release(permit) }
        let wait = permit.start - now()
        if wait > .zero { try await clock.sleep(for: wait) }
        return try await request()
    }

    /// Half the lanes from now on.
    package func halveLanes() { schedule.halveLanes() }

    private func permit() async throws -> PermitSchedule.Permit {
        while true {
            try Task.checkCancellation()
            if let permit = schedule.permit(now: now()) { return permit }
            await waitForRelease()
        }
    }

    private func release(_ permit: PermitSchedule.Permit) {
        schedule.release(permit)
        let woken = waiters
        waiters = []
        for waiter in woken { waiter.continuation.resume() }
    }

    private func waitForRelease() async {
        nextWaiter += 1
        let id = nextWaiter
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume() }
                waiters.append((id, continuation))
            }
        } onCancel: {
            Task { await self.wake(id) }
        }
    }

    private func wake(_ id: Int) {
        guard let place = waiters.firstIndex(where: { $0.id == id }) else { return }
        waiters.remove(at: place).continuation.resume()
    }

    private static func elapsed<C: Clock>(of clock: C) -> @Sendable () -> Duration where C.Duration == Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}
