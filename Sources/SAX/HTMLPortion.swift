import Glibc

/// Says where a page may be cut before libxml2 gets it.
///
/// libxml2's HTML push parser forgets, from one portion to the next, which quote it was in, and then reads a tag otherwise
/// than it would have read it at once. So no portion ends inside of a tag or comment, unless that is longer than a portion.
enum HTMLPortion {
    /// Finds the next portion of bytes that begin outside of tags and comments: up to the end of a row.
    ///
    /// - Parameters:
    ///   - bytes: What waits.
    ///   - start: Where the portion begins.
    /// - Returns: How long it is, and whether no row ends in the rest: then it is up to the last whole tag or comment.
    static func next(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (count: Int, isRest: Bool) {
        var (place, end) = (start, start)
        while let tag = index(of: UInt8(ascii: "<"), in: bytes, from: place), tag + 1 < bytes.count {
            guard beginsMarkup(bytes[tag + 1]) else {
                place = tag + 1
                continue
            }
            let isComment = bytes[tag...].prefix(4).elementsEqual("<!--".utf8)
            guard
                let markupEnd = isComment
                    ? commentEnd(in: bytes, from: tag + 4) : OpenTagScanner.tagEnd(in: bytes, from: tag)
            else { break }
            place = markupEnd
            end = markupEnd
            if bytes[tag..<markupEnd].elementsEqual("</tr>".utf8) { return (end - start, false) }
        }
        return (end - start, true)
    }

    private static func beginsMarkup(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "/")
            || byte == UInt8(ascii: "!") || byte == UInt8(ascii: "?")
    }

    private static func commentEnd(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var place = start
        while place <= bytes.count, let end = index(of: UInt8(ascii: ">"), in: bytes, from: place) {
            if end >= start + 2, bytes[end - 1] == UInt8(ascii: "-"), bytes[end - 2] == UInt8(ascii: "-") {
                return end + 1
            }
            place = end + 1
        }
        return nil
    }

    private static func index(of byte: UInt8, in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, start < bytes.count,
            let found = memchr(base + start, Int32(byte), bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
}
