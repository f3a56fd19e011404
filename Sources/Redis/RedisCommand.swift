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
    ///
    /// Written here and not by `redisFormatCommandArgv`, which wants an array of pointers, takes memory for each command
    /// and would have to be copied into the output once more.
    func encode(into output: inout [UInt8]) {
        output.append(UInt8(ascii: "*"))
        Self.appendDecimal(arguments.count + 1, to: &output)
        Self.appendLineEnd(to: &output)
        Self.appendBulk(name.utf8, to: &output)
        for argument in arguments {
            switch argument {
            case .string(let text): Self.appendBulk(text.utf8, to: &output)
            case .bytes(let bytes): Self.appendBulk(bytes, to: &output)
            case .integer(let number): Self.appendBulk(String(number).utf8, to: &output)
            }
        }
    }

    private static func appendBulk(_ bytes: some Collection<UInt8>, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "$"))
        appendDecimal(bytes.count, to: &output)
        appendLineEnd(to: &output)
        output.append(contentsOf: bytes)
        appendLineEnd(to: &output)
    }

    private static func appendDecimal(_ number: Int, to output: inout [UInt8]) {
        if number < 10 {
            output.append(UInt8(ascii: "0") + UInt8(number))
        } else {
            output.append(contentsOf: String(number).utf8)
        }
    }

    private static func appendLineEnd(to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\r"))
        output.append(UInt8(ascii: "\n"))
    }
}
