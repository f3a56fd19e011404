import Foundation
import Redis
import TaskQueue

/// What Go's aggregator and its recoverer do with groups.
extension GoFleet {
    /// Stages a group if it is due; says the set's key.
    func stage(
        _ group: String, in queue: String = "default", maxSize: Int = 0, maxDelay: Int64 = 0, grace: Int64 = 60,
        setID: String = UUID().uuidString.lowercased()
    ) async throws -> String? {
        let set = key(queue, "g:\(group):\(setID)")
        let isStaged = try await run(
            GoScripts.aggregationCheck,
            [key(queue, "g:\(group)"), set, key(queue, "aggregation_sets"), key(queue, "groups")],
            [.int(maxSize), .integer(maxDelay), .integer(grace), .integer(now + 120), .integer(now), .string(group)])
        return isStaged == 1 ? set : nil
    }

    /// The tasks of a staged set, oldest first.
    func members(ofSet set: String, in queue: String = "default") async throws -> [TaskMessage] {
        try await redis.evaluate(GoScripts.readSet, keys: [set], arguments: [.string(key(queue, "t:"))])
            .array().map { try read($0.bytes()) }
    }

    /// Deletes a set whose tasks were joined.
    func deleteSet(_ set: String, in queue: String = "default") async throws {
        _ = try await redis.evaluate(
            GoScripts.deleteSet, keys: [set, key(queue, "aggregation_sets")], arguments: [.string(key(queue, "t:"))])
    }

    /// Puts sets back whose aggregator did not end in time; says how many.
    func reclaimSets(in queue: String = "default") async throws -> Int {
        try await run(GoScripts.reclaimSets, [key(queue, "aggregation_sets")], [.integer(now)])
    }
}
