import CLibXML2

/// Reads the attributes of an element as libxml2's first SAX interface gives them: names and values in turns, ended by null.
enum HTMLAttributes {
    /// Lends each attribute; one without a value has an empty one.
    static func forEach(
        _ list: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?,
        _ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void
    ) {
        guard var next = list else { return }
        while let name = next.pointee {
            body(bytes(name), bytes(next[1]))
            next += 2
        }
    }

    /// A `colspan` or `rowspan`: 1 for what is no whole number of at least 1.
    static func span(_ value: UnsafeBufferPointer<UInt8>, upTo limit: Int) -> Int {
        var span = 0
        var digits = 0
        for byte in value where !(digits == 0 && byte <= UInt8(ascii: " ")) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { break }
            span = min(limit, span * 10 + Int(byte - UInt8(ascii: "0")))
            digits += 1
        }
        return max(1, span)
    }

    private static func bytes(_ text: UnsafePointer<xmlChar>?) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: text, count: text == nil ? 0 : Int(xmlStrlen(text)))
    }
}
