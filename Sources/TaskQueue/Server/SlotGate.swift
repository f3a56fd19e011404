import ConcurrencySupport

/// Lets no more handlers run at once than there are slots; runs of tasks that were taken ahead wait here, in their order.
final class SlotGate: Sendable {
    /// How long a run waits at most before its task goes back to its queue, where another worker may be idle.
    static let longestWait = Duration.milliseconds(20)

    private struct Waiter {
        let id: Int
        let since: ContinuousClock.Instant
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var inside = 0
        var waiters: [Waiter] = []
        var nextID = 0
        var isClosed = false
    }

    /// Wakes whoever sends away those that waited too long.
    let wake = WakeSignal()
    private let slots: Int
    private let state = LockedValue(State())

    /// Makes a gate with so many slots; under 1 counts as 1.
    init(slots: Int) { self.slots = max(1, slots) }

    /// When the run began to wait that has waited longest; `nil` when none waits.
    var oldest: ContinuousClock.Instant? { state.withLock { $0.waiters.first?.since } }

    /// How many wait.
    var waiting: Int { state.withLock { $0.waiters.count } }

    /// Takes a slot, or waits for one.
    ///
    /// - Returns: Whether there is a slot, which ``leave()`` gives back; `false` when the wait was cut short: by a cancellation,
    ///   by ``sendAway(waitingSince:)`` or because the gate is closed.
    func enter() async -> Bool {
        let isIn = state.withLock { state in
            guard state.waiters.isEmpty, state.inside < slots else { return false }
            state.inside += 1
            return true
        }
        return isIn ? true : await waitForSlot()
    }

    /// Gives a slot back; the run that has waited longest has it from now on.
    func leave() {
        let next = state.withLock { state -> Waiter? in
            guard !state.waiters.isEmpty else {
                state.inside -= 1
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.continuation.resume(returning: true)
    }

    /// Ends the wait of every run that began to wait at `moment` or before it.
    ///
    /// - Returns: How many there were.
    func sendAway(waitingSince moment: ContinuousClock.Instant) -> Int {
        let late = state.withLock { state in
            let count = state.waiters.prefix { $0.since <= moment }.count
            defer { state.waiters.removeFirst(count) }
            return state.waiters.prefix(count)
        }
        for waiter in late { waiter.continuation.resume(returning: false) }
        return late.count
    }

    /// Lets nobody wait from now on; who waits is sent away.
    func close() {
        let left = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in left { waiter.continuation.resume(returning: false) }
    }

    private func waitForSlot() async -> Bool {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Bool? in
                    if state.waiters.isEmpty, state.inside < slots {
                        state.inside += 1
                        return true
                    }
                    guard !state.isClosed, !Task.isCancelled else { return false }
                    state.waiters.append(Waiter(id: id, since: .now, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) } else { wake.signal() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(returning: false)
        }
    }
}
