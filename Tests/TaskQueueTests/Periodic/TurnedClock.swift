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
        var watchers: [Int: (deadline: Date, continuation: CheckedContinuation<Void, Never>)] = [:]
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
                        for (id, watcher) in state.watchers where watcher.deadline == deadline {
                            state.watchers[id] = nil
                            watcher.continuation.resume()
                        }
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

    /// Returns once somebody sleeps until exactly so many seconds after the start, or the test's time is over.
    func somebodySleeps(until seconds: Double) async {
        let deadline = Self.start + seconds
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    let isThere = state.sleepers.values.contains { $0.deadline == deadline }
                    if isThere || state.cancelled.contains(id) {
                        continuation.resume()
                    } else {
                        state.watchers[id] = (deadline, continuation)
                    }
                }
            }
        } onCancel: {
            state.withLock { state in
                state.cancelled.insert(id)
                state.watchers.removeValue(forKey: id)?.continuation.resume()
            }
        }
    }

    /// Turns the clock to so many seconds after the start, once somebody sleeps until then.
    func tick(at seconds: Double) async {
        await somebodySleeps(until: seconds)
        advance(to: seconds)
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
