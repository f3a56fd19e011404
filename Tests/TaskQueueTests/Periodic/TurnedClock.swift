import ConcurrencySupport
import Foundation

@testable import TaskQueue

/// A wall clock that stands still until the test turns it; 2030-01-01 00:00 UTC at first.
final class TurnedClock: Sendable {
    /// 2030-01-01 00:00 UTC, a Tuesday.
    static let start = Date(timeIntervalSince1970: 1_893_456_000)

    private struct State {
        var now = TurnedClock.start
        var lastID = 0
        var sleepers: [Int: (deadline: Date, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var cancelled: Set<Int> = []
        var watchers: [(deadline: Date, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = LockedValue(State())

    var now: Date { state.withLock { $0.now } }

    var periodic: PeriodicClock {
        PeriodicClock(now: { self.now }, sleep: { try await self.sleep(until: $0) })
    }

    private func sleep(until deadline: Date) async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                state.withLock { state in
                    if state.cancelled.contains(id) {
                        continuation.resume(throwing: CancellationError())
                    } else if deadline <= state.now {
                        continuation.resume()
                    } else {
                        state.sleepers[id] = (deadline, continuation)
                        for watcher in state.watchers where watcher.deadline == deadline {
                            watcher.continuation.resume()
                        }
                        state.watchers.removeAll { $0.deadline == deadline }
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

    /// Returns once somebody sleeps until exactly so many seconds after the start.
    func somebodySleeps(until seconds: Double) async {
        let deadline = Self.start + seconds
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

    /// Turns the clock to so many seconds after the start and wakes whoever is due.
    func advance(to seconds: Double) {
        state.withLock { state in
            state.now = Self.start + seconds
            for (id, sleeper) in state.sleepers where sleeper.deadline <= state.now {
                state.sleepers[id] = nil
                sleeper.continuation.resume()
            }
        }
    }
}
