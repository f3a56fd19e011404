import Redis
import TaskQueue

/// What a Redis server holds at one moment.
struct Snapshot: Sendable, Equatable {
    /// A key and how long it has to live.
    struct Key: Sendable, Equatable {
        let name: String
        /// `nil` for ever.
        let milliseconds: Int64?
    }

    /// Every key, sorted by name.
    var keys: [Key] = []
    /// The members of the queue's lists and sorted sets by the container's name.
    var containers: [String: [String]] = [:]
    /// The fields of the queue's tasks by id, their values cut to what a text can hold.
    var tasks: [String: [String: String]] = [:]
    /// The holders of the queue's unique locks.
    var locks: [String: String] = [:]
    /// The queue's counters by key, the days' included.
    var counters: [String: Int64] = [:]

    /// The containers of a queue.
    static let containerNames = [
        "pending", "active", "lease", "scheduled", "retry", "archived", "completed", groupsName,
    ]
    /// What all groups and staged sets together are called: as their tasks' state.
    private static let groupsName = "aggregating"

    /// Reads a server; it is one moment only when nobody writes.
    static func read(_ client: RedisClient, queue: String) async throws -> Snapshot {
        let keys = RedisKeys(queue: queue)
        var snapshot = Snapshot()
        for name in try await client.send("KEYS", "*").array().map({ try $0.string() }).sorted() {
            let life = try await client.send("PTTL", .string(name)).integer()
            // -2: it ended between the two commands.
            guard life != -2 else { continue }
            snapshot.keys.append(Key(name: name, milliseconds: life < 0 ? nil : life))
            if name.hasPrefix(keys.taskPrefix) {
                let reply = try await client.send("HGETALL", .string(name)).array().map { try $0.string() }
                var fields: [String: String] = [:]
                for start in stride(from: 0, to: reply.count - 1, by: 2) { fields[reply[start]] = reply[start + 1] }
                snapshot.tasks[String(name.dropFirst(keys.taskPrefix.count))] = fields
            } else if DocumentedKeys.isLock(name, of: keys) {
                snapshot.locks[name] = try await client.send("GET", .string(name)).optionalBytes().map {
                    String(decoding: $0, as: UTF8.self)
                }
            } else if name.hasPrefix(keys.processedTotal) || name.hasPrefix(keys.failedTotal) {
                snapshot.counters[name] = try await client.send("GET", .string(name)).integer()
            }
        }
        for key in snapshot.keys where key.name.hasPrefix(keys.group("")) {
            snapshot.containers[groupsName, default: []] += try await client.send("ZRANGE", .string(key.name), 0, -1)
                .array().map { try $0.string() }
        }
        for name in containerNames where name != groupsName {
            let isList = name == "pending" || name == "active"
            snapshot.containers[name] = try await client.send(
                isList ? "LRANGE" : "ZRANGE", .string(keys.prefix + name), 0, -1
            ).array().map { try $0.string() }
        }
        return snapshot
    }
}
