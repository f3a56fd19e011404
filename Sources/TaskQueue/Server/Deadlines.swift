import ConcurrencySupport
import Foundation

/// Cancels runs whose deadline has passed: one timer for all, armed for the earliest.
///
/// A timer a run would cost more than a short task itself. Runs that have ended are not taken off: the timer then finds
/// nothing and is armed for the next.
final class Deadlines: Sendable {
    private let running: RunningTasks
    private let now: @Sendable () -> Date
    private let wake = WakeSignal()
    /// The moment at which the timer looks.
    private let armed = LockedValue(Date.distantFuture)

    /// Longer waits are cut: a duration of years overflows the clock.
    private static let longestWait = Duration.seconds(86_400)

    /// Makes the timer of one server.
    init(running: RunningTasks, now: @escaping @Sendable () -> Date) {
        self.running = running
        self.now = now
    }

    /// A run was started that must end by `deadline`.
    func expect(_ deadline: Date) {
        let isEarlier = armed.withLock { armed in
            guard deadline < armed else { return false }
            armed = deadline
            return true
        }
        if isEarlier { wake.signal() }
    }

    /// Looks until cancelled.
    func run() async {
        while !Task.isCancelled {
            let next = armed.withLock { $0 }
            let left = Duration.seconds(min(next.timeIntervalSince(now()), 1e9))
            if left > .zero {
                await wake.wait(atMost: min(left, Self.longestWait))
            } else {
                look()
            }
        }
    }

    private func look() {
        armed.withLock { $0 = .distantFuture }
        let moment = now()
        for task in running.all {
            if task.deadline <= moment { task.interrupt(.deadline) } else { expect(task.deadline) }
        }
    }
}
