@testable import TaskQueue

extension QueueReplay {
    /// Tasks that a worker took together.
    struct Take: Sendable, Hashable {
        /// Which transaction it was.
        let position: Int
        /// How many tasks.
        let count: Int
        /// How many leases of the queue were not over then, by the taker's clock.
        let running: Int
    }

    /// A workflow in the log.
    struct Flow: Sendable, Hashable {
        /// Which transaction cancelled it first.
        var cancelled: Int?
    }

    /// How long a lease lives: whoever took a task at the moment `t` wrote `t` and this.
    static let leaseSeconds: Int64 = 30
}

/// What the log says of periodic tasks.
struct TickLog: Sendable {
    /// That a queue noted a tick, so that it is not enqueued again.
    struct Note: Sendable, Hashable {
        let position: Int
        /// As ``PeriodicPlan/scope``.
        let scope: String
        /// Unix seconds.
        let tick: Int64
    }

    /// The notes in order.
    private(set) var notes: [Note] = []
    /// Ticks that a fleet claimed and that are not settled, by entry.
    private(set) var open: [String: Set<Int64>] = [:]

    private static let entryPrefix = RedisKeys.ticks(
        ofEntry: "", fleet: PeriodicSchedulerConfiguration.defaultFleet)

    /// Follows a `ZADD` of scores and members.
    mutating func noted(_ pairs: [String], _ key: String, _ keys: RedisKeys, _ position: Int) {
        let prefix = keys.enqueuedTicks(scope: "")
        guard key.hasPrefix(prefix), let tick = pairs.first.flatMap(Int64.init) else { return }
        notes.append(Note(position: position, scope: String(key.dropFirst(prefix.count)), tick: tick))
    }

    /// Follows an `HSET` of fields and values.
    mutating func opened(_ pairs: [String], _ key: String) {
        guard let entry = Self.entry(key) else { return }
        for field in stride(from: 0, to: pairs.count, by: 2) {
            if let tick = Int64(pairs[field]) { open[entry, default: []].insert(tick) }
        }
    }

    /// Follows an `HDEL` of fields.
    mutating func closed(_ fields: [String], _ key: String) {
        guard let entry = Self.entry(key) else { return }
        open[entry, default: []].subtract(fields.compactMap(Int64.init))
    }

    private static func entry(_ key: String) -> String? {
        key.hasPrefix(entryPrefix) ? String(key.dropFirst(entryPrefix.count)) : nil
    }
}
