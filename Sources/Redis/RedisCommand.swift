/// One argument of a command; Redis sees bytes in every case.
package enum RedisArgument: Sendable, Equatable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    /// Sent as UTF-8.
    case string(String)
    /// Sent unchanged.
    case bytes([UInt8])
    /// Sent in decimal.
    case integer(Int64)

    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(_ value: String) { self = .string(value) }
    package init(_ value: [UInt8]) { self = .bytes(value) }
    package init(_ value: Int64) { self = .integer(value) }
    package init(_ value: Int) { self = .integer(Int64(value)) }

    /// An argument from an `Int`, where the context already names the type.
    package static func int(_ value: Int) -> RedisArgument { .integer(Int64(value)) }
}

/// A command and its arguments.
package struct RedisCommand: Sendable, Equatable {
    /// The command's name, such as `EVALSHA`; it is what errors show.
    package let name: String
    /// What follows the name; a subcommand (`SETNAME`) is the first of them.
    package let arguments: [RedisArgument]

    /// Makes a command; nothing is checked, Redis does that.
    package init(_ name: String, _ arguments: [RedisArgument] = []) {
        self.name = name
        self.arguments = arguments
    }

    /// Appends the command as a RESP array of bulk strings.
    func encode(into output: inout [UInt8]) {
        RESP.appendArrayHead(arguments.count + 1, to: &output)
        RESP.appendBulk(name.utf8, to: &output)
        for argument in arguments { RESP.append(argument, to: &output) }
    }

    /// How many bytes ``encode(into:)`` will append, or a few more.
    var encodedSizeEstimate: Int { arguments.reduce(32 + name.utf8.count) { $0 + $1.encodedSizeEstimate } }
}

extension RedisArgument {
    /// How many bytes the argument takes on the wire, or a few more.
    var encodedSizeEstimate: Int {
        switch self {
        case .string(let text): text.utf8.count + 16
        case .bytes(let bytes): bytes.count + 16
        case .integer: 32
        }
    }
}
