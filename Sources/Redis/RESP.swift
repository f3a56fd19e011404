/// Appends parts of a command to the output: RESP2 arrays of bulk strings.
///
/// Written here and not by `redisFormatCommandArgv`, which wants an array of pointers, takes memory for each command and
/// would have to be copied into the output once more.
enum RESP {
    /// The head of an array of `count` elements.
    static func appendArrayHead(_ count: Int, to output: inout [UInt8]) {
        appendNumberLine(UInt8(ascii: "*"), count, to: &output)
    }

    /// An argument as a bulk string.
    static func append(_ argument: RedisArgument, to output: inout [UInt8]) {
        switch argument {
        case .string(let text): appendBulk(text.utf8, to: &output)
        case .bytes(let bytes): appendBulk(bytes, to: &output)
        case .integer(let number): appendBulk(String(number).utf8, to: &output)
        }
    }

    /// A bulk string.
    static func appendBulk(_ bytes: some Collection<UInt8>, to output: inout [UInt8]) {
        appendNumberLine(UInt8(ascii: "$"), bytes.count, to: &output)
        output.append(contentsOf: bytes)
        appendLineEnd(to: &output)
    }

    private static func appendNumberLine(_ mark: UInt8, _ number: Int, to output: inout [UInt8]) {
        output.append(mark)
        switch number {
        case 0..<10: output.append(UInt8(ascii: "0") + UInt8(number))
        case 10..<100:
            output.append(UInt8(ascii: "0") + UInt8(number / 10))
            output.append(UInt8(ascii: "0") + UInt8(number % 10))
        default: output.append(contentsOf: String(number).utf8)
        }
        appendLineEnd(to: &output)
    }

    private static func appendLineEnd(to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\r"))
        output.append(UInt8(ascii: "\n"))
    }
}
