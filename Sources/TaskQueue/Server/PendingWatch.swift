import ConcurrencySupport
import Logging

/// Tells the processor the moment a task is pushed, without taking it: one waiter a queue (architecture D3).
///
/// A queue that is paused keeps its tasks and so wakes at once, again and again: it is left alone for a while. One that is at
/// its limit here is not armed.
final class PendingWatch: Sendable {
    private struct Watched {
        var isWaiting = false
        /// Whether it is being asked if the queue is paused; until that is known it must not be waited on again.
        var isChecked = false
        /// Quick wake-ups in a row that led to no task here.
        var barrenWakes = 0
        /// A paused queue rests until then.
        var watchedAgainAt: ContinuousClock.Instant?

        func isResting(at now: ContinuousClock.Instant) -> Bool { watchedAgainAt.map { now < $0 } ?? false }
    }

    /// How many queues are watched; the others are found by looking.
    ///
    /// Each costs a connection.
    static let mostWaiters = 16
    /// How long one wait lasts before the queue is asked for anew; it bounds what a silently dead connection costs.
    private static let waitLimit = Duration.seconds(5)

    private let broker: any Broker
    private let wake: WakeSignal
    /// How long a paused queue is left alone; the looks in between find it resumed.
    private static let pausedRest = Duration.seconds(1)
    /// Wake-ups without a task after which a queue might be paused: the first is usual, another worker was faster.
    private static let suspectWakes = 2
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
    func arm(_ queues: [String]) {
        let named = Set(queues)
        let new = watched.withLock { watched in
            // Queues that are not asked for any more are forgotten, so that the table does not grow with names.
            watched = watched.filter { queue, entry in
                named.contains(queue) || entry.isWaiting || entry.isChecked || entry.isResting(at: .now)
            }
            var free = Self.mostWaiters - watched.values.count { $0.isWaiting || $0.isChecked }
            var new: [String] = []
            for queue in queues where free > 0 {
                var entry = watched[queue] ?? Watched()
                guard !entry.isWaiting, !entry.isChecked, !entry.isResting(at: .now) else { continue }
                entry.isWaiting = true
                watched[queue] = entry
                new.append(queue)
                free -= 1
            }
            return new
        }
        for queue in new { requester.yield(queue) }
    }

    /// Whether a push to a queue is heard of here.
    func isWaiting(for queue: String) -> Bool { watched.withLock { $0[queue]?.isWaiting ?? false } }

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
        var failed = false
        do { try await broker.waitForPending(in: queue, timeout: Self.waitLimit) } catch { failed = true }
        let isQuick = ContinuousClock.now - began < .milliseconds(500)
        let barrenWakes = watched.withLock { watched in
            var entry = watched[queue] ?? Watched()
            entry.barrenWakes = isQuick ? entry.barrenWakes + 1 : 0
            entry.isWaiting = false
            entry.isChecked = entry.barrenWakes >= Self.suspectWakes
            watched[queue] = entry
            return entry.barrenWakes
        }
        wake.signal()
        guard barrenWakes >= Self.suspectWakes else { return }
        let mustRest = failed ? true : (try? await broker.isPaused(queue: queue)) ?? true
        watched.withLock { watched in
            watched[queue]?.isChecked = false
            if mustRest { watched[queue]?.watchedAgainAt = ContinuousClock.now + Self.pausedRest }
        }
        // Nobody heard a push that came while the queue was checked.
        if !mustRest { wake.signal() }
    }
}
