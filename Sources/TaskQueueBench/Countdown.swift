import Synchronization

/// Lets one task wait until something has happened a number of times; it may happen more often.
final class Countdown: Sendable {
    private let left: Atomic<Int>
    private let end = AsyncStream<Never>.makeStream()

    /// Begins to count at `count`, 1 at least.
    init(_ count: Int) { left = Atomic(count) }

    /// Counts one.
    func step() {
        if left.subtract(1, ordering: .relaxed).newValue == 0 { end.continuation.finish() }
    }

    /// How many are missing; negative for more than were asked for.
    var missing: Int { left.load(ordering: .relaxed) }

    /// Waits for the last one; only one task may wait.
    func wait() async {
        for await _ in end.stream {}
    }

    /// Waits for the last one, or until the time is over: ``missing`` tells which it was.
    func wait(atMost limit: Duration) async {
        await withTaskGroup { group in
            group.addTask { await self.wait() }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}
