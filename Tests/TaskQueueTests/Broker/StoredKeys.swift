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
    /// Everything in the database at one moment: while the script runs, nothing expires.
    ///
    /// With `isExact` keys that merely look alike stay apart: their names are then escaped as ``Swift/String/exact``.
    func storedKeys(isExact: Bool = false) async throws -> [String: StoredKey] {
        var stored: [String: StoredKey] = [:]
        for entry in try await evaluate(Self.snapshot, keys: [], arguments: []).array() {
            let parts = try entry.array()
            let expiry = Int(try parts[2].integer())
            let flat = try parts[3].array().map { try $0.bytes() }
            let pairs = stride(from: 0, to: flat.count - 1, by: 2).map { (flat[$0], flat[$0 + 1]) }
            let value: StoredValue =
                switch try parts[1].string() {
                case "string": .string(flat[0])
                case "list": .list(flat)
                case "set": .set(Set(flat))
                case "zset":
                    .sortedSet(
                        Dictionary(pairs.map { ($0, Double(String(decoding: $1, as: UTF8.self)) ?? .nan) }) { $1 })
                default: .hash(Dictionary(pairs.map { (String(decoding: $0, as: UTF8.self), $1) }) { $1 })
                }
            let key = try parts[0].string()
            stored[isExact ? key.exact : key] = StoredKey(value: value, expiresAt: expiry < 0 ? nil : expiry)
        }
        return stored
    }

    /// Returns for each key its name, type, expiry in Unix seconds (-1 for none) and content as a flat list.
    private static let snapshot = LuaScript(
        name: "snapshot",
        """
        local found = {}
        for _, key in ipairs(redis.call('KEYS', '*')) do
            local kind = redis.call('TYPE', key).ok
            local content
            if kind == 'string' then content = {redis.call('GET', key)}
            elseif kind == 'list' then content = redis.call('LRANGE', key, 0, -1)
            elseif kind == 'set' then content = redis.call('SMEMBERS', key)
            elseif kind == 'zset' then content = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
            else content = redis.call('HGETALL', key) end
            found[#found + 1] = {key, kind, redis.call('EXPIRETIME', key), content}
        end
        return found
        """)
}
