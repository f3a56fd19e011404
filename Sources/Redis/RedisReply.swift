/// What Redis answered (RESP2).
package enum RedisReply: Sendable, Equatable {
    /// No value: a missing key, a timed-out blocking command.
    case null
    /// A value's bytes.
    case bulk([UInt8])
    /// A status such as `OK`.
    case status(String)
    /// A number.
    case integer(Int64)
    /// Several replies.
    case array([RedisReply])
    /// An error reply, with its first word; only inside pipelines and arrays, `send` throws it.
    case error(String)

    /// The number that an integer reply, or a bulk reply in decimal, holds.
    ///
    /// - Returns: The number.
    /// - Throws: `.unexpectedReply` for any other reply, `.commandRejected` for an error reply.
    package func integer() throws(RedisError) -> Int64 {
        switch self {
        case .integer(let number): return number
        case .bulk(let bytes):
            guard let number = Int64(String(decoding: bytes, as: UTF8.self)) else { throw mismatch("an integer") }
            return number
        default: throw mismatch("an integer")
        }
    }

    /// The text of a bulk or status reply; bytes that are not UTF-8 become U+FFFD.
    ///
    /// - Returns: The text.
    /// - Throws: `.unexpectedReply` for any other reply, `.commandRejected` for an error reply.
    package func string() throws(RedisError) -> String {
        switch self {
        case .bulk(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .status(let text): return text
        default: throw mismatch("a string")
        }
    }

    /// The bytes of a bulk or status reply.
    ///
    /// - Returns: The bytes, unchanged.
    /// - Throws: `.unexpectedReply` for any other reply, `.commandRejected` for an error reply.
    package func bytes() throws(RedisError) -> [UInt8] {
        switch self {
        case .bulk(let bytes): return bytes
        case .status(let text): return Array(text.utf8)
        default: throw mismatch("bytes")
        }
    }

    /// The bytes of a bulk reply, or `nil` where Redis has no value.
    ///
    /// - Returns: The bytes, unchanged, or `nil` for a null reply.
    /// - Throws: `.unexpectedReply` for any other reply, `.commandRejected` for an error reply.
    package func optionalBytes() throws(RedisError) -> [UInt8]? {
        if case .null = self { return nil }
        return try bytes()
    }

    /// The elements of an array reply.
    ///
    /// - Returns: The elements in Redis's order; some may be `.error`.
    /// - Throws: `.unexpectedReply` for any other reply, a null one included; `.commandRejected` for an error reply.
    package func array() throws(RedisError) -> [RedisReply] {
        guard case .array(let elements) = self else { throw mismatch("an array") }
        return elements
    }

    /// Names the kinds only: the value may be somebody's data.
    private func mismatch(_ wanted: String) -> RedisError {
        switch self {
        case .error(let text): .rejected(text, command: nil)
        default: RedisError(.unexpectedReply, "expected \(wanted), Redis sent \(kind)")
        }
    }

    private var kind: String {
        switch self {
        case .null: "null"
        case .bulk: "a bulk string of another form"
        case .status: "a status"
        case .integer: "an integer"
        case .array: "an array"
        case .error: "an error"
        }
    }
}
