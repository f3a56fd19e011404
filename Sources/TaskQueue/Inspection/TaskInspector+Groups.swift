import Redis

/// A group whose tasks wait to be aggregated: asynq's `GroupInfo`.
public struct GroupInfo: Sendable, Equatable {
    /// The group's name.
    public var name: String
    /// How many tasks wait in it.
    public var size: Int
}

extension TaskInspector {
    /// A queue's groups in alphabetical order, each with its size.
    ///
    /// Tasks that are being aggregated at the moment are in no group.
    ///
    /// - Parameter queue: The queue's name; as in asynq, an unknown one has no groups.
    /// - Returns: The groups that the queue lists.
    /// - Throws: The store's error.
    public func groups(in queue: String) async throws -> [GroupInfo] {
        let keys = RedisKeys(queue: queue)
        let names = try await client.send("SMEMBERS", .string(keys.groups)).array().map { try $0.string() }.sorted()
        let sizes = try await numbers(names.map { RedisCommand("ZCARD", [.string(keys.group($0))]) })
        return zip(names, sizes).map { GroupInfo(name: $0, size: $1) }
    }
}
