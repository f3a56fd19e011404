import ConcurrencySupport
import Foundation
import Logging

/// Moves due tasks to pending in the very second that their score names.
///
/// The next moment of each queue is looked up now and then, for tasks that others scheduled, and at once where it is told of
/// (asynq looks every 5 s, and moves tasks then).
final class Forwarder: Sendable {
    private struct Plan {
        /// The earliest moment known of a queue.
        var due: [String: Date] = [:]
        /// The earliest moment told of a queue since the last look began, which may have missed it.
        var told: [String: Date] = [:]
        /// Queues whose next moment is to be looked up.
        var unknown: Set<String> = []
        var nextLook = ContinuousClock.now
    }

    private let broker: any Broker
    private let catalog: QueueCatalog
    private let interval: Duration
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let limiter = LogLimiter()
    private let wake = WakeSignal()
    private let plan = LockedValue(Plan())

    /// How late within its second a task is moved, so that a clock that wakes early does not find it not yet due.
    private static let lateness = Duration.milliseconds(2)
    /// How long a queue rests whose due tasks could not be moved.
    private static let rest: TimeInterval = 1

    /// Makes a forwarder of the catalogue's queues.
    init(
        broker: any Broker, catalog: QueueCatalog, interval: Duration, logger: Logger,
        now: @escaping @Sendable () -> Date
    ) {
        self.broker = broker
        self.catalog = catalog
        self.interval = interval
        self.logger = logger
        self.now = now
    }

    /// A task of `queue` is due at `date`.
    func expect(queue: String, at date: Date) {
        plan.withLock { plan in
            plan.due[queue] = min(plan.due[queue] ?? date, date)
            plan.told[queue] = min(plan.told[queue] ?? date, date)
        }
        wake.signal()
    }

    /// The earliest task of `queue` is another one.
    func look(at queue: String) {
        _ = plan.withLock { $0.unknown.insert(queue) }
        wake.signal()
    }

    /// Moves tasks until cancelled.
    func run() async {
        while !Task.isCancelled {
            do { try await turn() } catch {
                guard !Task.isCancelled else { return }
                limiter.run { logger.warning("moving due tasks failed", metadata: ["error": "\(error)"]) }
                plan.withLock { $0.nextLook = min($0.nextLook, .now + .seconds(Self.rest)) }
            }
            await wake.wait(atMost: timeToNext())
        }
    }

    private func turn() async throws {
        let queues = queuesToLookAt()
        if !queues.isEmpty { note(try await broker.nextDue(queues: queues), of: queues) }
        try await dueQueues().forEachDespiteErrors(forward)
    }

    private func forward(_ queue: String) async throws {
        do {
            while try await broker.forward(queue: queue) > 0 { try Task.checkCancellation() }
            guard let next = try await broker.nextDue(queues: [queue])[queue] else { return }
            // Whatever is due and could not be moved must not be tried in a hot loop.
            expect(queue: queue, at: next > now() ? next : now().addingTimeInterval(Self.rest))
        } catch {
            expect(queue: queue, at: now().addingTimeInterval(Self.rest))
            throw error
        }
    }

    /// All queues when a look is due, else those that were told of.
    private func queuesToLookAt() -> [String] {
        let all = catalog.names
        return plan.withLock { [interval] plan in
            defer { (plan.unknown, plan.told) = ([], [:]) }
            guard plan.nextLook <= .now else { return plan.unknown.sorted() }
            plan.nextLook = .now + interval
            plan.due = plan.due.filter { all.contains($0.key) }
            return all
        }
    }

    private func note(_ found: [String: Date], of queues: [String]) {
        plan.withLock { plan in
            for queue in queues {
                plan.due[queue] = [found[queue], plan.told[queue]].compactMap(\.self).min()
            }
        }
    }

    /// Queues with a due task; they are taken off the plan.
    private func dueQueues() -> [String] {
        let moment = now()
        return plan.withLock { plan in
            let queues = plan.due.filter { $0.value <= moment }.keys.sorted()
            for queue in queues { plan.due[queue] = nil }
            return queues
        }
    }

    private func timeToNext() -> Duration {
        let (look, due) = plan.withLock { ($0.nextLook - ContinuousClock.now, $0.due.values.min()) }
        guard let due else { return max(.zero, look) }
        return max(.zero, min(look, .seconds(min(due.timeIntervalSince(now()), 1e9)) + Self.lateness))
    }
}
