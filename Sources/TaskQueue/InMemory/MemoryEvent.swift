import ConcurrencySupport

/// What a change of the store tells whoever waits.
enum MemoryEvent: Sendable, Equatable {
    /// A pending task was added; `isFirst` when there was none.
    case pushed(queue: ExactText, isFirst: Bool)
    /// A queue that was at its limit may give tasks again.
    case roomMade(queue: ExactText)
    /// The queue's earliest scheduled task is another one.
    case scheduled(queue: ExactText)
    /// The queue has neither pending nor running tasks.
    case settled
    /// Running tasks with this id are to end, whatever their queue.
    case cancelled(id: String)
    /// A running task is to be cancelled for good.
    case cancelRequested(CancelRequest)
    /// A task that somebody waited for was completed or archived.
    case ended(queue: ExactText, id: ExactText)
    /// The clock was turned.
    case turned
}

/// Hands events to whoever listens at that moment.
final class MemoryChannel: Sendable {
    private struct Listeners {
        var last = 0
        var all: [Int: @Sendable (MemoryEvent) -> Void] = [:]
    }

    private let listeners = LockedValue(Listeners())

    /// Tells every listener, in the order of `events`.
    func send(_ events: [MemoryEvent]) {
        guard !events.isEmpty else { return }
        let all = listeners.withLock { $0.all.values.map(\.self) }
        for event in events {
            for listener in all { listener(event) }
        }
    }

    /// Listens until ``stop(_:)`` gets the returned number; `listener` must not block.
    func listen(_ listener: @escaping @Sendable (MemoryEvent) -> Void) -> Int {
        listeners.withLock { listeners in
            listeners.last += 1
            listeners.all[listeners.last] = listener
            return listeners.last
        }
    }

    /// Ends a listening.
    func stop(_ number: Int) {
        listeners.withLock { $0.all[number] = nil }
    }

    /// What `meaning` understands of the events, until the consumer stops.
    func stream<Meaning: Sendable>(
        buffering policy: AsyncStream<Meaning>.Continuation.BufferingPolicy = .unbounded, first: Meaning? = nil,
        _ meaning: @escaping @Sendable (MemoryEvent) -> Meaning?
    ) -> AsyncStream<Meaning> {
        let (stream, continuation) = AsyncStream.makeStream(of: Meaning.self, bufferingPolicy: policy)
        let number = listen { event in
            if let meaning = meaning(event) { continuation.yield(meaning) }
        }
        continuation.onTermination = { _ in self.stop(number) }
        if let first { continuation.yield(first) }
        return stream
    }
}
