import Foundation

/// Puts one task's events in order for one consumer: pure decisions, no I/O.
///
/// Live events and replayed ones meet here; each `seq` is let through once, in order, and a jump in live ones asks for
/// a replay.
struct TaskEventSequencer {
    /// What to do with a live event.
    enum Verdict: Equatable {
        /// It is the next: let it through.
        case deliver
        /// It was let through before.
        case repeated
        /// Events before it are missing: replay from ``TaskEventSequencer/next``.
        case gap
    }

    /// The `seq` that is let through next; `nil` when whatever comes first is.
    private(set) var next: Int?
    private var newest: Date?

    /// Starts a sequence.
    ///
    /// - Parameter next: The first `seq` wanted; `nil` to begin with the first live event.
    init(next: Int?) {
        self.next = next
    }

    /// Judges an event from the channel.
    mutating func live(_ event: TaskEvent) -> Verdict {
        guard let next else {
            delivered(event)
            return .deliver
        }
        if event.seq < next {
            // After a day's silence Redis has forgotten the task, and its numbers begin again.
            guard let newest, event.at.timeIntervalSince(newest) > Self.lifetimeSeconds else { return .repeated }
            guard event.seq == 1 else {
                self.next = 1
                return .gap
            }
        } else if event.seq > next {
            return .gap
        }
        delivered(event)
        return .deliver
    }

    /// Judges an event from the stream: a jump is let through, because what is missing there is gone for good.
    ///
    /// - Parameter event: The entry, in the stream's order.
    /// - Returns: Whether it goes to the consumer.
    mutating func replayed(_ event: TaskEvent) -> Bool {
        if let next, event.seq < next { return false }
        delivered(event)
        return true
    }

    private mutating func delivered(_ event: TaskEvent) {
        next = event.seq + 1
        newest = max(newest ?? event.at, event.at)
    }

    private static let lifetimeSeconds = TaskEventLimits.lifetime / .seconds(1)
}
