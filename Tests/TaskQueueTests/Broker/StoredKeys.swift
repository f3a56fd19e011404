import Foundation
import Redis

/// One key's content.
enum StoredValue: Equatable {
    case string([UInt8])
    case list([[UInt8]])
    case set(Set<[UInt8]>)
    case sortedSet([[UInt8]: Double])
    case hash([String: [UInt8]])
}

/// One key with its expiry.
struct StoredKey: Equatable {
    var value: StoredValue
    /// Unix seconds; `nil` for none.
    var expiresAt: Int?
}

extension RedisClient {
    /// Everything in the database.
    func storedKeys() async throws -> [String: StoredKey] {
        var stored: [String: StoredKey] = [:]
        for name in try await send("KEYS", "*").array() {
            let key = try name.string()
            let argument = RedisArgument.string(key)
            let expiry = Int(try await send("EXPIRETIME", argument).integer())
            let value: StoredValue
            switch try await send("TYPE", argument).string() {
            case "string": value = .string(try await send("GET", argument).bytes())
            case "list": value = .list(try await elements("LRANGE", argument, 0, -1))
            case "set": value = .set(Set(try await elements("SMEMBERS", argument)))
            case "zset":
                let flat = try await elements("ZRANGE", argument, 0, -1, "WITHSCORES")
                var members: [[UInt8]: Double] = [:]
                for index in stride(from: 0, to: flat.count, by: 2) {
                    members[flat[index]] = Double(String(decoding: flat[index + 1], as: UTF8.self))
                }
                value = .sortedSet(members)
            default:
                let flat = try await elements("HGETALL", argument)
                var fields: [String: [UInt8]] = [:]
                for index in stride(from: 0, to: flat.count, by: 2) {
                    fields[String(decoding: flat[index], as: UTF8.self)] = flat[index + 1]
                }
                value = .hash(fields)
            }
            stored[key] = StoredKey(value: value, expiresAt: expiry < 0 ? nil : expiry)
        }
        return stored
    }

    private func elements(_ name: String, _ arguments: RedisArgument...) async throws -> [[UInt8]] {
        try await send(RedisCommand(name, arguments)).array().map { try $0.bytes() }
    }
}
