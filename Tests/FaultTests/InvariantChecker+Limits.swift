extension InvariantChecker {
    /// How much the seconds of the log may be wrong, taken together: each is cut off, and may be a moment behind.
    private static let secondsOfDoubt: Int64 = 2

    /// Moments at which more tasks ran, or were taken faster, than the queue's limits allow.
    var exceededLimits: [Violation] { tooMany + tooFast }

    private var tooMany: [Violation] {
        guard let limit = features.concurrencyLimit else { return [] }
        return replay.takes.filter { $0.running > limit }.map {
            Violation(.limit, "at write \($0.position) \($0.running) tasks run at once, and \(limit) may")
        }
    }

    /// Every span between two deliveries is looked at.
    private var tooFast: [Violation] {
        guard let rate = features.rate else { return [] }
        for first in replay.takes.indices {
            var count = 0
            for take in replay.takes[first...] {
                count += take.count
                let seconds = replay.seconds[take.position] - replay.seconds[replay.takes[first].position]
                let most = Int64(rate.tasksPerSecond) * (seconds + Self.secondsOfDoubt) + Int64(rate.burst)
                guard count > most else { continue }
                let text =
                    "\(count) tasks were taken in \(seconds) s from write \(replay.takes[first].position) on, at most \(most) may be"
                return [Violation(.limit, text)]
            }
        }
        return []
    }
}
