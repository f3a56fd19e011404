@testable import TaskQueue

/// The keys that may be left after a run: asynq's (asynq-wire 1.2) and ours.
///
/// A new key of the product needs a line here.
struct DocumentedKeys: Sendable {
    /// Whether a key must end by itself.
    enum Life: Sendable { case endless, limited }

    private let exact: [String: Life]
    private let prefixes: [(prefix: String, life: Life)]

    /// The keys of a fleet with one queue.
    init(_ keys: RedisKeys) {
        exact = [
            RedisKeys.queues: .endless, RedisKeys.servers: .endless, RedisKeys.workers: .endless,
            keys.archived: .endless, keys.completed: .endless, keys.processedTotal: .endless,
            keys.failedTotal: .endless, keys.limits: .endless, keys.rateArrival: .limited,
            keys.workflows: .endless, keys.workflowSteps: .endless, keys.archiveEnds: .endless,
            keys.groups: .endless, keys.aggregationSets: .endless, RedisKeys.groupSweep: .limited,
            RedisKeys.schedulers: .endless, RedisKeys.schedulerLeader: .limited,
            RedisKeys.terms(ofFleet: PeriodicSchedulerConfiguration.defaultFleet): .endless,
        ]
        prefixes = [
            (keys.taskPrefix, .endless), (keys.prefix + "unique:", .limited), (Self.customLockPrefix(keys), .limited),
            (keys.processedTotal + ":", .limited), (keys.failedTotal + ":", .limited),
            (RedisKeys.servers + ":{", .limited), (RedisKeys.workers + ":{", .limited),
            (RedisKeys.liveness(workerID: ""), .limited), (keys.workflow(""), .limited),
            (keys.group(""), .endless), (RedisKeys.schedulers + ":{", .limited),
            (RedisKeys.schedulerHistory(entry: ""), .limited), (keys.enqueuedTicks(scope: ""), .limited),
            (keys.schedulerTerm(ofFleet: ""), .limited),
            (RedisKeys.ticks(ofEntry: "", fleet: PeriodicSchedulerConfiguration.defaultFleet), .limited),
        ]
    }

    /// Whether a key lives on or ends by itself; `nil` for one that is not documented.
    func life(of key: String) -> Life? {
        exact[key] ?? prefixes.first { key.hasPrefix($0.prefix) }?.life
    }

    /// Whether a key is a unique lock of the queue.
    static func isLock(_ key: String, of keys: RedisKeys) -> Bool {
        key.hasPrefix(keys.prefix + "unique:") || key.hasPrefix(customLockPrefix(keys))
    }

    private static func customLockPrefix(_ keys: RedisKeys) -> String {
        "schedcu:" + keys.prefix.dropFirst("asynq:".count) + "unique:"
    }
}
