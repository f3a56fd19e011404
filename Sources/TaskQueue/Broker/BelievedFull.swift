/// Which queues had pending tasks when they were last looked at, so that a fetch need not ask hundreds.
///
/// Pure.
struct BelievedFull: Sendable {
    /// How long a look is believed: a queue that fills meanwhile waits this long at most behind others.
    static let life = Duration.milliseconds(50)

    private var full: Set<String> = []
    /// When each queue was last looked at.
    private var lookedAt: [String: ContinuousClock.Instant] = [:]

    /// The queues believed to have tasks, in the given order; `nil` when a new look is needed.
    func queues(among queues: [String], at now: ContinuousClock.Instant) -> [String]? {
        guard queues.allSatisfy({ queue in lookedAt[queue].map { now - $0 < Self.life } ?? false }) else { return nil }
        let found = queues.filter(full.contains)
        return found.isEmpty ? nil : found
    }

    /// How many queues something is known of.
    var count: Int { max(lookedAt.count, full.count) }

    /// All of `queues` were looked at, from `began` on, and `full` had tasks; what is too old to be believed is forgotten.
    mutating func looked(at queues: [String], full found: [String], began: ContinuousClock.Instant) {
        lookedAt = lookedAt.filter { began - $0.value < Self.life }
        for queue in queues { lookedAt[queue] = began }
        full.subtract(queues)
        full = full.filter { lookedAt[$0] != nil }
        full.formUnion(found)
    }

    /// Somebody told that a queue has tasks; one that nobody here looks at is of no interest.
    mutating func isFull(_ queue: String) {
        if lookedAt[queue] != nil { full.insert(queue) }
    }

    /// A queue gave fewer tasks than it was asked for.
    mutating func isEmpty(_ queue: String) { full.remove(queue) }
}
