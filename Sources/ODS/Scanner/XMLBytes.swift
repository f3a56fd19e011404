/// The bytes that have a meaning in XML, and the rules for single characters (XML 1.0, sections 2.2 and 4.1).
enum XMLBytes {
    static let lineFeed: UInt8 = 0x0A
    static let tab: UInt8 = 0x09
    static let space: UInt8 = 0x20
    static let exclamation: UInt8 = 0x21
    static let quote: UInt8 = 0x22
    static let hash: UInt8 = 0x23
    static let ampersand: UInt8 = 0x26
    static let apostrophe: UInt8 = 0x27
    static let slash: UInt8 = 0x2F
    static let colon: UInt8 = 0x3A
    static let semicolon: UInt8 = 0x3B
    static let less: UInt8 = 0x3C
    static let equals: UInt8 = 0x3D
    static let greater: UInt8 = 0x3E
    static let question: UInt8 = 0x3F

    /// Whether a byte is a character by itself that stands for itself in text and in attribute values of either quote: ASCII
    /// from the space on, without `"`, `&`, `'`, `<` and `>`.
    @inline(__always)
    static func isPlain(_ byte: UInt8) -> Bool {
        // The five as bits of the 32 bytes from 0x20 on.
        let special: UInt32 = 1 << 0x02 | 1 << 0x06 | 1 << 0x07 | 1 << 0x1C | 1 << 0x1E
        if byte >= 0x40 { return byte < 0x80 }
        return byte >= 0x20 && special >> UInt32(byte & 0x1F) & 1 == 0
    }

    /// Where the character that begins at `start` with a byte from 0x80 on ends.
    ///
    /// - Returns: The place behind it; nil when the bytes up to `end` are no UTF-8 or no character of XML.
    static func endOfWideCharacter(_ bytes: Span<UInt8>, at start: Int, end: Int) -> Int? {
        func continues(_ index: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
            index < end && range.contains(bytes[index])
        }
        switch bytes[start] {
        case 0xC2...0xDF:
            return continues(start + 1) ? start + 2 : nil
        case 0xE0:
            return continues(start + 1, 0xA0...0xBF) && continues(start + 2) ? start + 3 : nil
        case 0xED:  // U+D800 to U+DFFF are halves of characters
            return continues(start + 1, 0x80...0x9F) && continues(start + 2) ? start + 3 : nil
        case 0xEF:
            guard continues(start + 1), continues(start + 2) else { return nil }
            let isNoCharacter = bytes[start + 1] == 0xBF && bytes[start + 2] >= 0xBE  // U+FFFE and U+FFFF
            return isNoCharacter ? nil : start + 3
        case 0xE1...0xEC, 0xEE:
            return continues(start + 1) && continues(start + 2) ? start + 3 : nil
        case 0xF0:
            return continues(start + 1, 0x90...0xBF) && continues(start + 2) && continues(start + 3) ? start + 4 : nil
        case 0xF1...0xF3:
            return continues(start + 1) && continues(start + 2) && continues(start + 3) ? start + 4 : nil
        case 0xF4:
            return continues(start + 1, 0x80...0x8F) && continues(start + 2) && continues(start + 3) ? start + 4 : nil
        default:
            return nil
        }
    }

    /// Reads a reference: one of the five that XML knows, or a character by its number.
    ///
    /// - Parameters:
    ///   - bytes: Where it stands.
    ///   - start: The place of its `&`.
    ///   - end: Where the text or value ends.
    /// - Returns: The character, and the place behind the `;`; nil for every other reference.
    static func reference(_ bytes: Span<UInt8>, at start: Int, end: Int) -> (scalar: Unicode.Scalar, end: Int)? {
        // The longest that is taken is `&#x10FFFF;`; zeros in front are not.
        let last = min(end, start + longestReference)
        var semicolon = start + 1
        while semicolon < last, bytes[semicolon] != Self.semicolon { semicolon += 1 }
        guard semicolon < last else { return nil }
        let body = bytes.extracting(start + 1..<semicolon)
        let scalar: Unicode.Scalar? =
            switch body.count {
            case 2 where body.equals("lt"): "<"
            case 2 where body.equals("gt"): ">"
            case 3 where body.equals("amp"): "&"
            case 4 where body.equals("quot"): "\""
            case 4 where body.equals("apos"): "'"
            default: numbered(body)
            }
        return scalar.map { ($0, semicolon + 1) }
    }

    private static let longestReference = 10

    /// The character of `#233` or `#xE9`, where XML allows it.
    private static func numbered(_ body: Span<UInt8>) -> Unicode.Scalar? {
        guard body.count > 1, body[0] == hash else { return nil }
        let isHexadecimal = body[1] == UInt8(ascii: "x")
        let radix: UInt32 = isHexadecimal ? 16 : 10
        let first = isHexadecimal ? 2 : 1
        guard first < body.count else { return nil }
        var value: UInt32 = 0  // at most eight digits, so it cannot overflow
        for index in first..<body.count {
            guard let digit = Self.digit(body[index]), digit < radix else { return nil }
            value = value * radix + digit
        }
        guard value >= 0x20 || value == 0x09 || value == 0x0A || value == 0x0D, value != 0xFFFE, value != 0xFFFF else {
            return nil
        }
        return Unicode.Scalar(value)
    }

    private static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) - 0x30
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte) - 0x37
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte) - 0x57
        default: nil
        }
    }
}
