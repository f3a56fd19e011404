import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

/// Lays a queue's keys out as Go asynq does, with raw commands and messages written by hand.
struct GoLayout {
    /// The moment of the tests' clock: 2030-01-01 00:00:00 UTC, in seconds.
    static let moment = 1_893_456_000

    let redis: TestRedis
    let queue: String
    var client: RedisClient { redis.client }
    var prefix: String { "asynq:{\(queue)}:" }

    init(queue: String = "q") throws {
        redis = try #require(RedisDatabaseTrait.current)
        self.queue = queue
    }

    /// An inspector whose clock stands a little after ``moment``.
    func inspector(at seconds: Int = moment) -> TaskInspector {
        TaskInspector(client: client, now: { Date(timeIntervalSince1970: Double(seconds) + 0.25) })
    }

    /// Puts a task into a state, and the queue into the list of queues.
    ///
    /// The score is the moment of a sorted set, or the lease's end of an active task.
    func put(
        _ id: String, _ state: TaskState, score: Int = moment + 60, group: String = "g", lock: String? = nil
    ) async throws {
        var fields: [RedisArgument] = [
            .string(prefix + "t:" + id), "msg", .bytes(message(id, state, group: group, lock: lock)), "state",
            .string(state.rawValue),
        ]
        var commands = [RedisCommand("SADD", ["asynq:queues", .string(queue)])]
        switch state {
        case .pending:
            fields += ["pending_since", .string("\(Self.moment - 10)000000000")]
            commands.append(RedisCommand("LPUSH", [.string(prefix + "pending"), .string(id)]))
        case .active:
            commands.append(RedisCommand("LPUSH", [.string(prefix + "active"), .string(id)]))
            commands.append(RedisCommand("ZADD", [.string(prefix + "lease"), .int(score), .string(id)]))
        case .aggregating:
            fields += ["group", .string(group)]
            commands.append(RedisCommand("ZADD", [.string(prefix + "g:" + group), .int(score), .string(id)]))
            commands.append(RedisCommand("SADD", [.string(prefix + "groups"), .string(group)]))
        case .scheduled, .retry, .archived, .completed:
            commands.append(RedisCommand("ZADD", [.string(prefix + state.rawValue), .int(score), .string(id)]))
        }
        if let lock {
            // Go's group path writes no field for the lock.
            if state != .aggregating { fields += ["unique_key", .string(lock)] }
            commands.append(RedisCommand("SET", [.string(lock), .string(id), "EX", 3600]))
        }
        for reply in try await client.pipeline(commands + [RedisCommand("HSET", fields)]) {
            if case .error(let text) = reply { throw TestFailure(description: text) }
        }
    }

    /// One task in each state, named for it, each with a lock of its own.
    func putEveryState() async throws {
        for state in TaskState.allCases { try await put(state.rawValue, state, lock: lock(state.rawValue)) }
    }

    /// The key of a lock of Go's form.
    func lock(_ name: String) -> String { "\(prefix)unique:t:\(name)" }

    /// The names of all containers that hold a task, groups and the lease set included.
    func containers(of id: String) async throws -> [String] {
        var found: [String] = []
        for (key, stored) in try await client.storedKeys() where key.hasPrefix(prefix) {
            let name = String(key.dropFirst(prefix.count))
            let bytes = Array(id.utf8)
            switch stored.value {
            case .list(let ids) where ids.contains(bytes): found += Array(repeating: name, count: count(bytes, in: ids))
            case .sortedSet(let ids) where ids[bytes] != nil: found.append(name)
            default: break
            }
        }
        return found.sorted()
    }

    /// A field of a task's hash.
    func field(_ name: String, of id: String) async throws -> String? {
        try await client.send("HGET", .string(prefix + "t:" + id), .string(name)).optionalBytes()
            .map { String(decoding: $0, as: UTF8.self) }
    }

    func strings(_ name: String, _ arguments: RedisArgument...) async throws -> [String] {
        try await client.send(RedisCommand(name, arguments)).array().map { try $0.string() }
    }

    func integer(_ name: String, _ arguments: RedisArgument...) async throws -> Int {
        Int(try await client.send(RedisCommand(name, arguments)).integer())
    }

    /// The bytes that Go writes: type, payload, id, queue, retry 25, timeout 1800, then lock, retention and group.
    func message(_ id: String, _ state: TaskState = .pending, group: String = "g", lock: String? = nil) -> [UInt8] {
        func text(_ field: UInt8, _ bytes: [UInt8]) -> [UInt8] { [field << 3 | 2, UInt8(bytes.count)] + bytes }
        var bytes = text(1, Array("t".utf8)) + text(2, Array(#"{"u":1}"#.utf8)) + text(3, Array(id.utf8))
        bytes += text(4, Array(queue.utf8)) + [5 << 3, 25, 8 << 3, 0x88, 0x0E]
        if let lock { bytes += text(10, Array(lock.utf8)) }
        if state == .completed { bytes += [12 << 3, 60] }
        if state == .aggregating { bytes += text(14, Array(group.utf8)) }
        return bytes
    }

    private func count(_ id: [UInt8], in ids: [[UInt8]]) -> Int { ids.count { $0 == id } }
}

/// The code of the refusal that a call meets; `nil` when it is not refused.
func refusal<Answer>(_ body: () async throws -> Answer) async throws -> InspectorError.Code? {
    do {
        _ = try await body()
        return nil
    } catch let error as InspectorError {
        return error.code
    }
}

extension GoldenCase {
    /// Puts the keys that Go left into Redis, but for their expiry.
    func restore(to client: RedisClient) async throws {
        for key in keys {
            let name = RedisArgument.string(key.key)
            let command =
                switch key.stored {
                case .string(let bytes): RedisCommand("SET", [name, .bytes(bytes)])
                case .list(let items): RedisCommand("RPUSH", [name] + items.map { .bytes($0) })
                case .set(let members): RedisCommand("SADD", [name] + members.map { .bytes($0) })
                case .sortedSet(let members):
                    RedisCommand("ZADD", [name] + members.flatMap { [.integer(Int64($1)), .bytes($0)] })
                case .hash(let fields):
                    RedisCommand("HSET", [name] + fields.flatMap { [.string($0), .bytes($1)] })
                }
            try await client.send(command)
        }
    }
}
