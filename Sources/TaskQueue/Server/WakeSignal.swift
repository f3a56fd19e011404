import ConcurrencySupport

/// Wakes one waiter; a signal given while nobody waits is kept, and several count as one.
///
/// A wake-up says "look again", not why; cancelling the waiting task wakes it too.
final class WakeSignal: Sendable {
    private struct State {
        var isPending = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = LockedValue(State())

    /// Wakes the waiter, or the next one.
    func signal() {
        let waiter = state.withLock { state in
            let waiter = state.waiter
            state.waiter = nil
            state.isPending = waiter == nil
            return waiter
        }
        waiter?.resume()
    }

    /// Waits for a signal.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mayGoOn = state.withLock { state in
                    precondition(state.waiter == nil, "a wake signal has one waiter")
                    guard !state.isPending, !Task.isCancelled else {
                        state.isPending = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if mayGoOn { continuation.resume() }
            }
        } onCancel: {
            signal()
        }
    }

    /// Waits for a signal until `limit` has passed.
    func wait(atMost limit: Duration) async {
        await withTaskGroup { group in
            group.addTask {
                if (try? await Task.sleep(for: limit)) != nil { self.signal() }
            }
            await wait()
            group.cancelAll()
        }
    }
}
