/// Finds a start tag that a piece of a document cuts.
///
/// A cut tag is kept back until its end is there. That makes its length known as it is written, whatever its names, values
/// and white space, and libxml2 never searches a growing piece again and again for its end.
enum OpenTagScanner {
    /// Where the last tag of `bytes` begins when it does not end in them, else nil.
    static func openTag(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var start = bytes.count - 1
        // Of the bytes of a tag only its first may be a `<`.
        while start >= 0, bytes[start] != UInt8(ascii: "<") { start -= 1 }
        guard start >= 0, tagEnd(in: bytes, from: start) == nil else { return nil }
        let next = start + 1 < bytes.count ? bytes[start + 1] : 0
        return next == UInt8(ascii: "!") || next == UInt8(ascii: "?") ? nil : start
    }

    /// The place behind the `>` that ends the tag beginning at `start`, or nil when it is not in `bytes`.
    static func tagEnd(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var quote: UInt8 = 0
        return tagEnd(in: bytes, from: start, quote: &quote)
    }

    /// The same for a tag that comes in pieces; `quote` is the one that is open, 0 for none.
    static func tagEnd(in bytes: UnsafeBufferPointer<UInt8>, from start: Int, quote: inout UInt8) -> Int? {
        for index in start..<bytes.count {
            let byte = bytes[index]
            if quote != 0 {
                if byte == quote { quote = 0 }
            } else if byte == UInt8(ascii: ">") {
                return index + 1
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            }
        }
        return nil
    }
}
