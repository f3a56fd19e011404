import ConcurrencySupport
import Foundation

@testable import TaskEvents

/// Stands where Redis does: records what a reporter publishes, and can be shut, or fail.
final class RecordingSink: Sendable {
    private struct State {
        var isOpen = true
        var failures: [any Error & Sendable] = []
        var shut: [CheckedContinuation<Void, Never>] = []
    }

    private let state = LockedValue(State())
    private let arrivals: AsyncStream<[TaskEvent]>
    private let arrived: AsyncStream<[TaskEvent]>.Continuation

    init() {
        (arrivals, arrived) = AsyncStream.makeStream(of: [TaskEvent].self)
    }

    /// Each call of the reporter, failed ones included, as it comes in.
    func calls() -> AsyncStream<[TaskEvent]>.Iterator { arrivals.makeAsyncIterator() }

    /// From now on calls come in and do not return.
    func shut() { state.withLock { $0.isOpen = false } }

    /// Lets calls return again.
    func open() {
        state.withLock { state in
            state.isOpen = true
            for continuation in state.shut { continuation.resume() }
            state.shut = []
        }
    }

    /// The next calls throw these.
    func fail(with errors: [any Error & Sendable]) { state.withLock { $0.failures = errors } }

    /// What a reporter publishes through.
    func send(_ events: [PendingEvent]) async throws {
        arrived.yield(
            events.compactMap { event in
                try? TaskEvent(decoding: event.prefix + Array(String(event.number).utf8) + event.suffix)
            })
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if state.isOpen { continuation.resume() } else { state.shut.append(continuation) }
            }
        }
        let failure: (any Error & Sendable)? = state.withLock { state in
            state.failures.isEmpty ? nil : state.failures.removeFirst()
        }
        if let failure { throw failure }
    }
}
