import Foundation

/// The kinds' own keys, as `interfaces.md`, section 3, lists them.
enum EventBody {
    static func phaseBegan(_ phase: String) -> [String: JSONValue] {
        ["phase": .string(phase), "state": "begin"]
    }

    static func phaseEnded(_ phase: String, statements: Int) -> [String: JSONValue] {
        ["phase": .string(phase), "state": "end", "statements": .integer(Int64(statements))]
    }

    static func errors(_ messages: [JSONValue], total: Int) -> [String: JSONValue] {
        ["messages": .array(messages), "total": .integer(Int64(total))]
    }

    static func log(level: String, message: String) -> [String: JSONValue] {
        ["level": .string(level), "message": EventText.line(message)]
    }

    static func finished(outcome: String, result: JSONValue) -> [String: JSONValue] {
        ["outcome": .string(outcome), "result": summary(result.mapStrings(EventText.withoutURLDetails))]
    }

    static func retrying(error: String, retryAt: Date, retriesLeft: Int) -> [String: JSONValue] {
        [
            "error": EventText.line(error), "retry_at": .string(EventTimestamp.text(of: retryAt)),
            "retries_left": .integer(Int64(retriesLeft)),
        ]
    }

    static func failed(error: String, code: String) -> [String: JSONValue] {
        ["error": EventText.line(error), "code": .string(code)]
    }

    static func cancelled(by: String) -> [String: JSONValue] {
        ["by": .string(by)]
    }

    /// A result that fits in an event: of an object that is too large the largest members go, and `truncated` says so.
    static func summary(_ result: JSONValue) -> JSONValue {
        guard result.encoded().count > TaskEventLimits.maxResultBytes else { return result }
        guard case .object(var members) = result else { return ["truncated": true] }
        members["truncated"] = true
        var sizes = members.map { (name: $0.key, bytes: $0.key.utf8.count + $0.value.encoded().count) }
        sizes.sort { ($0.bytes, $0.name) > ($1.bytes, $1.name) }
        for entry in sizes where entry.name != "truncated" {
            members[entry.name] = nil
            if JSONValue.object(members).encoded().count <= TaskEventLimits.maxResultBytes { break }
        }
        return .object(members)
    }
}
