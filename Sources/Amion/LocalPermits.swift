import ConcurrencySupport

/// Permits for one process alone, for tests and where there is no fleet; one object serves one batch.
///
/// It keeps no floor between fetches of the same page: a batch asks for each month once.
package final class LocalPermits: PermitSource {
    private struct State {
        var schedule: PermitSchedule
        var lanes: [String: Int] = [:]
    }

    private let now: @Sendable () -> Duration
    private let state: LockedValue<State>

    /// Makes permits whose time begins now.
    package init(policy: RatePolicy, clock: any Clock<Duration> = ContinuousClock()) {
        now = Self.elapsed(of: clock)
        state = LockedValue(State(schedule: PermitSchedule(policy: policy)))
    }

    package func ask(_ request: PermitRequest) async throws -> PermitAnswer {
        state.withLock { state in
            let now = now()
            switch state.schedule.ask(now: now) {
            case .start(let lane):
                state.lanes[request.id] = lane
                return .granted
            case .wait(let moment): return .wait(moment - now)
            case .noLane: return .wait(nil)
            }
        }
    }

    package func settle(_ request: PermitRequest, _ outcome: RequestOutcome) async {
        state.withLock { state in
            if case .throttled(let span) = outcome { state.schedule.throttle(quietUntil: now() + span) }
            if let lane = state.lanes.removeValue(forKey: request.id) { state.schedule.release(lane: lane) }
        }
    }

    package func finish(batch: String) async {}

    private static func elapsed<C: Clock>(of clock: C) -> @Sendable () -> Duration where C.Duration == Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}
