import ConcurrencySupport
import Foundation
import Logging

/// Moves due tasks to pending: a sweep of all queues now and then, and between two sweeps the queues with a task known to
/// be due, in its very second.
final class Forwarder: Sendable {
    private struct Plan {
        /// The earliest moment known for a queue.
        var due: [String: Date] = [:]
        var nextSweep = ContinuousClock.now
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

    /// A task of `queue` is due at `date`; it is moved then, not with the next sweep.
    func expect(queue: String, at date: Date) {
        plan.withLock { plan in
            plan.due[queue] = min(plan.due[queue] ?? date, date)
        }
        wake.signal()
    }

    /// Moves tasks until cancelled.
    func run() async {
        while !Task.isCancelled {
            let moment = now()
            for queue in queuesToForward(at: moment) {
                do { try await forward(queue) } catch {
                    guard !Task.isCancelled else { return }
                    limiter.run {
                        logger.warning(
                            "moving due tasks failed", metadata: ["error": "\(error)", "queue": "\(queue)"])
                    }
                }
            }
            await wake.wait(atMost: timeToNext())
        }
    }

    private func forward(_ queue: String) async throws {
        while try await broker.forward(queue: queue) > 0 { try Task.checkCancellation() }
        guard let next = try await broker.nextDue(queue: queue) else { return }
        // Whatever is due and could not be moved must not be tried in a hot loop.
        expect(queue: queue, at: max(next, now().addingTimeInterval(1)))
    }

    /// All queues when a sweep is due, else those with a due task; what is returned is taken off the plan.
    private func queuesToForward(at moment: Date) -> [String] {
        let all = catalog.names
        return plan.withLock { plan in
            if plan.nextSweep <= .now {
                plan.nextSweep = .now + interval
                plan.due = [:]
                return all
            }
            let queues = plan.due.filter { $0.value <= moment }.keys.sorted()
            for queue in queues { plan.due[queue] = nil }
            return queues
        }
    }

    private func timeToNext() -> Duration {
        let (sweep, due) = plan.withLock { ($0.nextSweep - ContinuousClock.now, $0.due.values.min()) }
        guard let due else { return max(.zero, sweep) }
        return max(.zero, min(sweep, .seconds(due.timeIntervalSince(now())) + Self.lateness))
    }
}
