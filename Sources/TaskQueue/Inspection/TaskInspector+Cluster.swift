import Redis

/// A server of a Redis Cluster that holds a queue: asynq's `ClusterNode`.
public struct ClusterNode: Sendable, Equatable {
    /// The node's id in the cluster; empty where the server does not tell it.
    public var id: String
    /// `host:port`; the host is empty where the server does not know it.
    public var address: String
}

extension TaskInspector {
    /// Which slot of a Redis Cluster holds a queue's keys, 0 to 16,383; computed here, so no server is asked.
    public func clusterKeySlot(of queue: String) -> Int {
        ClusterSlot.slot(of: RedisKeys(queue: queue).pending)
    }

    /// The nodes that hold a queue's slot, the master first.
    ///
    /// - Parameter queue: The queue's name; it need not exist.
    /// - Returns: The nodes; empty when no node serves the slot.
    /// - Throws: ``InspectorError`` with `clusterDisabled` when the server is no cluster, else the store's error.
    public func clusterNodes(of queue: String) async throws -> [ClusterNode] {
        let answer = try await client.pipeline([RedisCommand("CLUSTER", ["SLOTS"])])[0]
        if case .error(let text) = answer, text.contains("cluster support disabled") {
            throw InspectorError(
                .clusterDisabled, "the Redis server is not part of a cluster, so it has no nodes to list")
        }
        let slot = Int64(clusterKeySlot(of: queue))
        for range in try answer.array() {
            let parts = try range.array()
            guard parts.count > 2 else { continue }
            let (first, last) = (try parts[0].integer(), try parts[1].integer())
            guard (first...max(first, last)).contains(slot) else { continue }
            return try parts.dropFirst(2).map(Self.node)
        }
        return []
    }

    private static func node(_ reply: RedisReply) throws -> ClusterNode {
        let parts = try reply.array()
        guard parts.count >= 2 else { throw RedisError(.unexpectedReply, "CLUSTER SLOTS named a node without a port") }
        let host = try parts[0].optionalBytes().map { String(decoding: $0, as: UTF8.self) } ?? ""
        return ClusterNode(
            id: parts.count > 2 ? try parts[2].string() : "", address: "\(host):\(try parts[1].integer())")
    }
}
