/// The text form of one-dimensional arrays: `{1,NULL,"a \"quoted\" one"}`.
///
/// Source: PostgreSQL manual, section 8.15.6, "Array Input and Output Syntax".
enum PostgresArrayText {
    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")
    private static let comma = UInt8(ascii: ",")
    private static let open = UInt8(ascii: "{")
    private static let close = UInt8(ascii: "}")
    private static let null = Array("NULL".utf8)

    /// Appends an array; strings, JSON and bytes are always quoted, so that none can be taken for NULL or for syntax.
    static func append<Element: PostgresEncodable>(_ elements: [Element], to text: inout [UInt8]) {
        var scratch: [UInt8] = []
        text.append(open)
        for (index, element) in elements.enumerated() {
            if index > 0 { text.append(comma) }
            append(element, to: &text, scratch: &scratch)
        }
        text.append(close)
    }

    /// Appends one element as it stands in an array; `scratch` is room that is kept from one element to the next.
    static func append<Element: PostgresEncodable>(
        _ element: Element, to text: inout [UInt8], scratch: inout [UInt8]
    ) {
        if element.isPostgresNull {
            text.append(contentsOf: null)
        } else if Element.postgresType.isQuotedInArrays {
            scratch.removeAll(keepingCapacity: true)
            element.appendPostgresText(to: &scratch)
            appendQuoted(scratch, to: &text)
        } else {
            element.appendPostgresText(to: &text)
        }
    }

    private static func appendQuoted(_ element: [UInt8], to text: inout [UInt8]) {
        text.append(quote)
        for byte in element {
            if byte == quote || byte == backslash { text.append(backslash) }
            text.append(byte)
        }
        text.append(quote)
    }

    /// Reads an array; `nil` for more than one dimension, other bounds than 1…n, or an element that cannot be read.
    static func decode<Element: PostgresDecodable>(_ text: ArraySlice<UInt8>) -> [Element]? {
        guard text.first == open, text.last == close, text.count >= 2 else { return nil }
        let body = text.dropFirst().dropLast()
        var elements: [Element] = []
        var index = body.startIndex
        while index < body.endIndex {
            guard let item = nextItem(in: body, from: index) else { return nil }
            if let bytes = item.bytes {
                guard let element = Element(postgresText: bytes) else { return nil }
                elements.append(element)
            } else {
                guard let element = Element.postgresNull else { return nil }
                elements.append(element)
            }
            index = item.end
            if index < body.endIndex {
                guard body[index] == comma, index + 1 < body.endIndex else { return nil }
                index += 1
            }
        }
        return elements
    }

    /// The element that starts at `start`: its unescaped bytes (`nil` for NULL) and where it ends.
    private static func nextItem(
        in body: ArraySlice<UInt8>, from start: Int
    ) -> (bytes: ArraySlice<UInt8>?, end: Int)? {
        guard body[start] == quote else {
            let end = body[start...].firstIndex(of: comma) ?? body.endIndex
            let bytes = body[start..<end]
            guard !bytes.contains(open) else { return nil }
            return (bytes.elementsEqual(null) ? nil : bytes, end)
        }
        var bytes: [UInt8] = []
        var index = start + 1
        while index < body.endIndex {
            switch body[index] {
            case quote:
                return (bytes[...], index + 1)
            case backslash:
                index += 1
                guard index < body.endIndex else { return nil }
            default:
                break
            }
            bytes.append(body[index])
            index += 1
        }
        return nil
    }
}
