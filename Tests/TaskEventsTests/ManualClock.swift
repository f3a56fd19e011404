import ConcurrencySupport

/// A clock that stands still until the test turns it.
final class ManualClock: Clock, Sendable {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct State {
        var now: Duration = .zero
        var lastID = 0
        var sleepers: [Int: (deadline: Duration, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var cancelled: Set<Int> = []
        var watchers: [(deadline: Duration, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = LockedValue(State())

    var now: Instant { Instant(offset: state.withLock { $0.now }) }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                state.withLock { state in
                    if state.cancelled.contains(id) {
                        continuation.resume(throwing: CancellationError())
                    } else if deadline.offset <= state.now {
                        continuation.resume()
                    } else {
                        state.sleepers[id] = (deadline.offset, continuation)
                        for watcher in state.watchers where watcher.deadline == deadline.offset {
                            watcher.continuation.resume()
                        }
                        state.watchers.removeAll { $0.deadline == deadline.offset }
                    }
                }
            }
        } onCancel: {
            state.withLock { state in
                state.cancelled.insert(id)
                state.sleepers.removeValue(forKey: id)?.continuation.resume(throwing: CancellationError())
            }
        }
    }

    /// Returns once somebody sleeps until exactly `deadline`.
    func somebodySleeps(until deadline: Duration) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if state.sleepers.values.contains(where: { $0.deadline == deadline }) {
                    continuation.resume()
                } else {
                    state.watchers.append((deadline, continuation))
                }
            }
        }
    }

    /// Turns the clock and wakes whoever is due.
    func advance(to now: Duration) {
        state.withLock { state in
            state.now = now
            for (id, sleeper) in state.sleepers where sleeper.deadline <= now {
                state.sleepers[id] = nil
                sleeper.continuation.resume()
            }
        }
    }
}
