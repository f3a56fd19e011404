import Foundation
import Redis
import TaskQueue

/// One task as Go's inspector finds it.
struct GoTask {
    let message: TaskMessage
    let fields: [String: [UInt8]]

    var state: String { text("state") ?? "" }

    func text(_ field: String) -> String? { fields[field].map { String(decoding: $0, as: UTF8.self) } }
}

/// What Go's inspector reads.
extension GoFleet {
    /// The task of an id; `nil` where Go answers "not found".
    func task(_ id: String, in queue: String = "default") async throws -> GoTask? {
        let flat = try await redis.send("HGETALL", .string(key(queue, "t:\(id)"))).array().map { try $0.bytes() }
        guard !flat.isEmpty else { return nil }
        var fields: [String: [UInt8]] = [:]
        for index in stride(from: 0, to: flat.count, by: 2) {
            fields[String(decoding: flat[index], as: UTF8.self)] = flat[index + 1]
        }
        return GoTask(message: try TaskMessage(decoding: fields["msg"] ?? []), fields: fields)
    }

    /// The ids of a state in the order of Go's lists: next to be consumed first, or by ascending score.
    func ids(_ state: String, in queue: String = "default") async throws -> [String] {
        let isList = state == "pending" || state == "active"
        let reply = try await redis.send(isList ? "LRANGE" : "ZRANGE", .string(key(queue, state)), 0, -1)
        let ids = try reply.array().map { try $0.string() }
        return isList ? ids.reversed() : ids
    }

    /// A score as Redis writes it; Go's older readers take whole numbers only.
    func score(_ id: String, _ state: String, in queue: String = "default") async throws -> String? {
        try await redis.send("ZSCORE", .string(key(queue, state)), .string(id)).optionalBytes()
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// A score as a number of seconds; `nil` too where it is not a whole number.
    func second(_ id: String, _ state: String, in queue: String = "default") async throws -> Int64? {
        try await score(id, state, in: queue).flatMap { Int64($0) }
    }

    func count(_ name: String, in queue: String = "default") async throws -> Int {
        let bytes = try await redis.send("GET", .string(key(queue, name))).optionalBytes() ?? Array("0".utf8)
        return Int(String(decoding: bytes, as: UTF8.self)) ?? -1
    }

    /// Today's count, by the UTC date.
    func countToday(_ name: String, in queue: String = "default") async throws -> Int {
        try await count("\(name):\(String(clock().ISO8601Format().prefix(10)))", in: queue)
    }

    func exists(_ key: String) async throws -> Bool {
        try await redis.send("EXISTS", .string(key)).integer() == 1
    }

    /// When a key expires, Unix seconds; below 0 without expiry or key.
    func expiry(_ key: String) async throws -> Int64 {
        try await redis.send("EXPIRETIME", .string(key)).integer()
    }

    /// Whole seconds until a key expires; -1 without expiry, -2 without the key.
    func secondsLeft(_ key: String) async throws -> Int {
        Int(try await redis.send("TTL", .string(key)).integer())
    }
}
