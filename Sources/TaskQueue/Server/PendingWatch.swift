import ConcurrencySupport
import Logging

/// Tells the processor the moment a task is pushed, without taking it: one waiter a queue (architecture D3).
///
/// A queue that is paused or full keeps its tasks and so wakes at once, again and again: every wake-up that led to no task
/// doubles the pause before the queue is watched again.
final class PendingWatch: Sendable {
    private struct Watched {
        var isWaiting = false
        var barrenWakes = 0
        var watchedAgainAt = ContinuousClock.now
    }

    /// How many queues are watched; the others are found by looking.
    ///
    /// Each costs a connection.
    static let mostWaiters = 16
    /// How long one wait lasts before the queue is asked for anew; it bounds what a silently dead connection costs.
    private static let waitLimit = Duration.seconds(5)

    private let broker: any Broker
    private let wake: WakeSignal
    private let pause = Backoff(base: .milliseconds(10), limit: .seconds(1))
    private let watched = LockedValue<[String: Watched]>([:])
    private let requests: AsyncStream<String>
    private let requester: AsyncStream<String>.Continuation

    /// Makes a watch that signals `wake`.
    init(broker: any Broker, wake: WakeSignal) {
        self.broker = broker
        self.wake = wake
        (requests, requester) = AsyncStream.makeStream()
    }

    /// Sees to it that the first ``mostWaiters`` of `queues`, all just found empty, are watched.
    func arm(_ queues: some Sequence<String>) {
        let new = watched.withLock { watched in
            var free = Self.mostWaiters - watched.values.count { $0.isWaiting }
            var new: [String] = []
            for queue in queues where free > 0 {
                var entry = watched[queue] ?? Watched()
                // A new entry's moment is now: the clock is read after it, or no queue would ever be watched.
                guard !entry.isWaiting, entry.watchedAgainAt <= ContinuousClock.now else { continue }
                entry.isWaiting = true
                watched[queue] = entry
                new.append(queue)
                free -= 1
            }
            return new
        }
        for queue in new { requester.yield(queue) }
    }

    /// A queue gave a task, so its wake-ups mean something.
    func wasFruitful(_ queue: String) {
        watched.withLock { $0[queue]?.barrenWakes = 0 }
    }

    /// Waits on behalf of ``arm(_:)`` until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await queue in requests {
                group.addTask { await self.wait(for: queue) }
            }
        }
    }

    private func wait(for queue: String) async {
        let began = ContinuousClock.now
        try? await broker.waitForPending(in: queue, timeout: Self.waitLimit)
        let now = ContinuousClock.now
        watched.withLock { watched in
            var entry = watched[queue] ?? Watched()
            entry.isWaiting = false
            // A wait that lasted was a real one: only quick returns, errors included, are held back.
            entry.barrenWakes = now - began > .milliseconds(500) ? 0 : entry.barrenWakes + 1
            // The first quick return is usual: another worker was faster.
            entry.watchedAgainAt = entry.barrenWakes > 1 ? now + pause.delay(afterFailures: entry.barrenWakes - 1) : now
            watched[queue] = entry
        }
        wake.signal()
    }
}
