/// A payload that cannot be used: never retried, archived with this text.
package struct PayloadError: Error, Sendable, CustomStringConvertible {
    /// The key it is about, such as `source.sha256`; empty for the payload as a whole.
    package let path: String
    /// What is wrong, without the value.
    package let reason: String

    /// Names what is wrong.
    package init(_ path: String, _ reason: String) {
        self.path = path
        self.reason = reason
    }

    /// Says where decoding stopped, without the value.
    init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self.init(Self.path(context, key), "is missing")
        case .typeMismatch(_, let context):
            self.init(Self.path(context), "has the wrong type")
        case .valueNotFound(_, let context):
            self.init(Self.path(context), "is null")
        case .dataCorrupted(let context):
            let path = Self.path(context)
            // Only our own texts are known not to repeat the value.
            let rule = context.underlyingError as? PayloadRule
            self.init(path, path.isEmpty ? "is no JSON object" : rule?.reason ?? "has a value that is not allowed")
        @unknown default:
            self.init("", "cannot be decoded")
        }
    }

    /// One line for a person.
    package var description: String {
        path.isEmpty ? "bad payload: it \(reason)" : "bad payload: \(path) \(reason)"
    }

    private static func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
        (context.codingPath + (last.map { [$0] } ?? [])).map { key in
            key.intValue.map { "[\($0)]" } ?? key.stringValue
        }.joined(separator: ".")
    }
}

/// A rule that a value broke while it was decoded.
struct PayloadRule: Error {
    /// What is wrong, without the value.
    let reason: String
}

extension KeyedDecodingContainer {
    /// The error of a key whose value breaks a rule.
    func broken(_ key: Key, _ reason: String) -> DecodingError {
        DecodingError.dataCorrupted(
            DecodingError.Context(
                codingPath: codingPath + [key], debugDescription: reason, underlyingError: PayloadRule(reason: reason)))
    }

    /// A whole number.
    func integer(_ key: Key) throws -> Int { try number(key, "is not a whole number") }

    /// A whole number; absent and null are `nil`.
    func integerIfPresent(_ key: Key) throws -> Int? { try isNull(key) ? nil : integer(key) }

    /// A number; absent and null are `nil`.
    func doubleIfPresent(_ key: Key) throws -> Double? { try isNull(key) ? nil : number(key, "is out of range") }

    private func isNull(_ key: Key) throws -> Bool { try !contains(key) || decodeNil(forKey: key) }

    /// The decoder's own error for a number that does not fit names no key, so it is given one here.
    private func number<Number: Decodable>(_ key: Key, _ reason: String) throws -> Number {
        do {
            return try decode(Number.self, forKey: key)
        } catch {
            if case DecodingError.typeMismatch = error { throw error }
            guard contains(key), try !decodeNil(forKey: key) else { throw error }
            throw broken(key, reason)
        }
    }
}
