import Foundation
import TaskQueue
import Testing

/// What Go asynq left in Redis, call by call; see `Tests/Fixtures/README.md`.
struct GoldenVectors: Decodable {
    let cases: [GoldenCase]

    /// The fixture, read anew each time.
    static func load() throws -> GoldenVectors {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../Fixtures/asynq-vectors.json")
        return try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
    }

    static func named(_ name: String) throws -> GoldenCase {
        try #require(load().cases.first { $0.name == name })
    }
}

struct GoldenCase: Decodable {
    let name: String
    let api: String
    let keys: [GoldenKey]
    let options: [String]?
    let volatile: [String]?
    let clock: String?
    private let clockBeforeNanoseconds: String?
    let returnedState: String?

    enum CodingKeys: String, CodingKey {
        case name, api, keys, options, volatile, clock
        case clockBeforeNanoseconds = "clock_before_ns"
        case returnedState = "returned_state"
    }

    /// The clock at the call; for a pending task the very nanosecond that its hash holds.
    var date: Date {
        if let clock { return Self.date(iso: clock) }
        let pending = keys.compactMap { $0.fields?["pending_since"]?.text }.first
        return Date(timeIntervalSince1970: (Double(pending ?? clockBeforeNanoseconds ?? "") ?? 0) / 1e9)
    }

    /// Whether lifetimes count from the dump, so that only their length can be compared.
    var hasRelativeExpiry: Bool { volatile?.contains { $0.hasPrefix("expire_at_unix") } ?? false }

    /// The messages of the tasks it left, by id.
    func messages() throws -> [String: TaskMessage] {
        var found: [String: TaskMessage] = [:]
        for key in keys {
            guard let bytes = key.fields?["msg"]?.bytes else { continue }
            let message = try TaskMessage(decoding: bytes)
            found[message.id] = message
        }
        return found
    }

    /// The life of the unique lock that the call asked for.
    var uniqueFor: Duration? {
        let option = options?.first { $0.hasPrefix("Unique(") }
        return option.map { Self.duration(go: String($0.dropFirst(7).dropLast())) }
    }

    private static func date(iso text: String) -> Date {
        let parts = text.dropLast().split(separator: ".")
        let whole = ISO8601DateFormatter().date(from: "\(parts[0])Z") ?? .distantPast
        return whole + (Double("0.\(parts.last ?? "0")") ?? 0)
    }

    /// Go's notation, such as `1h0m0s` or `1.9s`.
    private static func duration(go text: String) -> Duration {
        var seconds = 0.0
        var digits = ""
        for character in text {
            switch character {
            case "h": (seconds, digits) = (seconds + (Double(digits) ?? 0) * 3600, "")
            case "m": (seconds, digits) = (seconds + (Double(digits) ?? 0) * 60, "")
            case "s": (seconds, digits) = (seconds + (Double(digits) ?? 0), "")
            default: digits.append(character)
            }
        }
        return .seconds(seconds)
    }
}

struct GoldenKey: Decodable {
    let key: String
    let type: String
    let ttlSeconds: Int?
    let expiresAt: Int?
    let fields: [String: GoldenBytes]?
    let items: [GoldenBytes]?
    let value: GoldenBytes?
    let members: [Member]?
    let message: GoldenMessage?

    enum CodingKeys: String, CodingKey {
        case key, type, fields, items, value, members
        case ttlSeconds = "ttl_s"
        case expiresAt = "expire_at_unix"
        case message = "msg_decoded"
    }

    /// Of a set or a sorted set.
    struct Member: Decodable {
        let bytes: [UInt8]
        let score: Double?

        enum CodingKeys: String, CodingKey { case member, score }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            score = try container.decodeIfPresent(Double.self, forKey: .score)
            let scored = try container.decodeIfPresent(GoldenBytes.self, forKey: .member)
            bytes = try scored?.bytes ?? GoldenBytes(from: decoder).bytes
        }
    }

    var stored: StoredValue {
        switch type {
        case "string": .string(value?.bytes ?? [])
        case "list": .list((items ?? []).map(\.bytes))
        case "set": .set(Set((members ?? []).map(\.bytes)))
        case "zset": .sortedSet(Dictionary(uniqueKeysWithValues: (members ?? []).map { ($0.bytes, $0.score ?? .nan) }))
        default: .hash((fields ?? [:]).mapValues(\.bytes))
        }
    }
}

struct GoldenBytes: Decodable {
    let bytes: [UInt8]
    var text: String { String(decoding: bytes, as: UTF8.self) }

    enum CodingKeys: String, CodingKey { case b64 }

    init(from decoder: any Decoder) throws {
        bytes = Array(try decoder.container(keyedBy: CodingKeys.self).decode(Data.self, forKey: .b64))
    }
}

/// Go's own reading of a message.
struct GoldenMessage: Decodable {
    let message: TaskMessage

    enum CodingKeys: String, CodingKey {
        case type = "Type"
        case payload = "Payload"
        case headers = "Headers"
        case id = "ID"
        case queue = "Queue"
        case maxRetry = "Retry"
        case retried = "Retried"
        case errorMessage = "ErrorMsg"
        case lastFailedAt = "LastFailedAt"
        case timeout = "Timeout"
        case deadline = "Deadline"
        case uniqueKey = "UniqueKey"
        case groupKey = "GroupKey"
        case retention = "Retention"
        case completedAt = "CompletedAt"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) throws -> String { try fields.decode(String.self, forKey: key) }
        func number(_ key: CodingKeys) throws -> Int64 { try fields.decode(Int64.self, forKey: key) }
        message = TaskMessage(
            type: try text(.type), payload: Array(try fields.decodeIfPresent(Data.self, forKey: .payload) ?? Data()),
            id: try text(.id), queue: try text(.queue), maxRetry: Int32(try number(.maxRetry)),
            retried: Int32(try number(.retried)), errorMessage: try text(.errorMessage),
            timeoutSeconds: try number(.timeout), deadlineUnixSeconds: try number(.deadline),
            uniqueKey: try text(.uniqueKey), lastFailedAtUnixSeconds: try number(.lastFailedAt),
            retentionSeconds: try number(.retention), completedAtUnixSeconds: try number(.completedAt),
            groupKey: try text(.groupKey),
            headers: try fields.decodeIfPresent([String: String].self, forKey: .headers) ?? [:])
    }
}
