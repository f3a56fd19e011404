import ConcurrencySupport
import Logging

/// One group of one queue.
struct GroupName: Sendable, Hashable {
    let queue: String
    let group: String

    /// For the log.
    var metadata: Logger.Metadata { ["queue": "\(queue)", "group": "\(group)"] }
}

/// Which groups an aggregator looks at right now, and which must wait after a failure.
///
/// Pure.
struct GroupBook: Sendable {
    /// Whether a group may be looked at.
    enum Admission: Sendable, Equatable {
        /// Yes, and it is noted as taken care of.
        case admitted
        /// Not now: it is taken care of, or has to wait.
        case refused
        /// As many are looked at as may be.
        case full
    }

    private struct Failures: Sendable {
        var count = 0
        var notBefore: ContinuousClock.Instant
    }

    private let most: Int
    private let backoff: Backoff
    private var current: Set<GroupName> = []
    private var failures: [GroupName: Failures] = [:]

    /// Makes an empty book.
    ///
    /// - Parameters:
    ///   - most: How many groups may be looked at at once.
    ///   - backoff: How long a group waits after its failures.
    init(most: Int, backoff: Backoff) {
        self.most = most
        self.backoff = backoff
    }

    /// How many groups with failures are remembered.
    var waitingCount: Int { failures.count }

    /// Decides about a group, and notes it if it is admitted.
    mutating func admit(_ name: GroupName, at moment: ContinuousClock.Instant) -> Admission {
        if current.contains(name) { return .refused }
        if let failed = failures[name], moment < failed.notBefore { return .refused }
        guard current.count < most else { return .full }
        current.insert(name)
        return .admitted
    }

    /// Notes how looking at a group ended; failures in a row make it wait longer each time.
    mutating func leave(_ name: GroupName, hasFailed: Bool, at moment: ContinuousClock.Instant) {
        current.remove(name)
        // A group that does not come back is forgotten, so that the book does not grow with names.
        failures = failures.filter { moment - $0.value.notBefore < backoff.limit * 2 }
        guard hasFailed else {
            failures[name] = nil
            return
        }
        let count = (failures[name]?.count ?? 0) + 1
        failures[name] = Failures(count: count, notBefore: moment + backoff.delay(afterFailures: count))
    }
}
