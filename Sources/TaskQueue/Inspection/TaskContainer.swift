import Redis

/// Where a queue's tasks of one state, or of one group, are.
struct TaskContainer {
    /// The key.
    let key: String
    /// Whether it is a LIST, consumed from its tail; else it is a ZSET in the order of its scores.
    let isList: Bool
    /// The group whose tasks these are; only of aggregating ones.
    let group: String?

    /// Names the container of a state; throws ``InspectorError`` for aggregating tasks without a group.
    init(_ state: TaskState, group: String?, in keys: RedisKeys) throws {
        switch state {
        case .pending, .active: (key, isList, self.group) = (keys.prefix + state.rawValue, true, nil)
        case .scheduled, .retry, .archived, .completed:
            (key, isList, self.group) = (keys.prefix + state.rawValue, false, nil)
        case .aggregating:
            guard let group else {
                throw InspectorError(.groupRequired, "aggregating tasks are found by group only; name one")
            }
            (key, isList, self.group) = (keys.group(group), false, group)
        }
    }

    /// What a script is told of it.
    var kind: RedisArgument { isList ? "list" : "set" }

    /// Counts the tasks.
    var size: RedisCommand { RedisCommand(isList ? "LLEN" : "ZCARD", [.string(key)]) }

    /// Reads the ids that come first: of a list those next to be taken, the very next one last.
    func first(_ count: Int) -> RedisCommand {
        isList
            ? RedisCommand("LRANGE", [.string(key), .int(-count), -1])
            : RedisCommand("ZRANGE", [.string(key), 0, .int(count - 1)])
    }
}
