/// One start tag taken apart, as places in the buffer that holds it.
///
/// One value serves all tags of a document, so that its list is allocated once.
struct StartTag {
    /// An attribute: where its name and its value stand, and whether the value has a reference in it.
    struct Attribute {
        let name: Range<Int>
        let value: Range<Int>
        let hasReference: Bool
    }

    private(set) var name = 0..<0
    private(set) var attributes: [Attribute] = []
    /// Whether it ends in `/>`.
    private(set) var isEmptyElement = false
    /// How many line feeds it has between its attributes.
    private(set) var lineFeeds = 0

    /// No program writes longer names, and libxml2 takes names of up to 50,000 bytes.
    private static var longestName: Int { 256 }

    /// Takes a tag apart.
    ///
    /// - Parameters:
    ///   - bytes: The buffer.
    ///   - start: The place of its `<`.
    ///   - end: The place of the first `>` after it.
    /// - Returns: False when the tag is not regular: names other than ASCII ones with a prefix, white space round `=`, tabs
    ///   and line feeds in values, `>` in values, or what is no XML at all. The value then means nothing.
    mutating func read(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Bool {
        attributes.removeAll(keepingCapacity: true)
        lineFeeds = 0
        isEmptyElement = bytes[end - 1] == XMLBytes.slash
        let stop = isEmptyElement ? end - 1 : end
        var position = start + 1
        guard let elementName = Self.name(bytes, at: position, end: stop) else { return false }
        name = elementName
        position = elementName.upperBound
        while position < stop {
            // Between two attributes white space must stand, in front of the tag's end it may.
            guard skipSpace(bytes, &position, stop) else { return false }
            if position == stop { break }
            guard let attribute = Self.attribute(bytes, at: position, end: stop) else { return false }
            attributes.append(attribute)
            position = attribute.value.upperBound + 1
        }
        return true
    }

    /// Passes over white space; false where there is none.
    private mutating func skipSpace(_ bytes: Span<UInt8>, _ position: inout Int, _ stop: Int) -> Bool {
        let start = position
        while position < stop {
            switch bytes[position] {
            case XMLBytes.space, XMLBytes.tab: break
            case XMLBytes.lineFeed: lineFeeds += 1
            default: return position > start
            }
            position += 1
        }
        return position > start
    }

    private static func attribute(_ bytes: Span<UInt8>, at start: Int, end: Int) -> Attribute? {
        guard let name = name(bytes, at: start, end: end), name.upperBound + 1 < end,
            bytes[name.upperBound] == XMLBytes.equals
        else { return nil }
        let quote = bytes[name.upperBound + 1]
        guard quote == XMLBytes.quote || quote == XMLBytes.apostrophe else { return nil }
        var hasReference = false
        var position = name.upperBound + 2
        let valueStart = position
        while position < end {
            let byte = bytes[position]
            if XMLBytes.isPlain(byte) {
                position += 1
            } else if byte == quote {
                return Attribute(name: name, value: valueStart..<position, hasReference: hasReference)
            } else if byte == XMLBytes.quote || byte == XMLBytes.apostrophe {
                position += 1
            } else if byte == XMLBytes.ampersand {
                guard let reference = XMLBytes.reference(bytes, at: position, end: end) else { return nil }
                hasReference = true
                position = reference.end
            } else if byte >= 0x80 {
                guard let next = XMLBytes.endOfWideCharacter(bytes, at: position, end: end) else { return nil }
                position = next
            } else {
                return nil
            }
        }
        return nil
    }

    /// The name that begins at `start`: ASCII letters, digits, `-`, `_` and `.`, with one colon inside.
    private static func name(_ bytes: Span<UInt8>, at start: Int, end: Int) -> Range<Int>? {
        let last = min(end, start + longestName)
        var position = start
        var partStart = start
        var hasPrefix = false
        while position < last {
            switch bytes[position] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): break
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                guard position > partStart else { return nil }
            case XMLBytes.colon:
                guard position > partStart, !hasPrefix else { return nil }
                hasPrefix = true
                partStart = position + 1
            default:
                return hasPrefix && position > partStart ? start..<position : nil
            }
            position += 1
        }
        // A tag's name may reach to its end.
        return position == end && hasPrefix && position > partStart ? start..<position : nil
    }
}
