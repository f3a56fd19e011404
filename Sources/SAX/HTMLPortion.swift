import Glibc

/// Says where a page may be cut before libxml2 gets it.
///
/// libxml2's HTML push parser forgets, from one portion to the next, which quote it was in, and then reads a tag otherwise
/// than it would have read it at once. So no portion ends inside of a tag or comment, unless that is longer than a portion.
enum HTMLPortion {
    /// The end of the last tag or comment that is whole in `bytes`, which begin outside of both; their count when none is.
    static func end(of bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var (place, end) = (0, 0)
        while let start = index(of: UInt8(ascii: "<"), in: bytes, from: place), start + 1 < bytes.count {
            guard beginsMarkup(bytes[start + 1]) else {
                place = start + 1
                continue
            }
            let isComment = bytes[start...].prefix(4).elementsEqual("<!--".utf8)
            guard
                let markupEnd = isComment
                    ? commentEnd(in: bytes, from: start + 4) : OpenTagScanner.tagEnd(in: bytes, from: start)
            else { break }
            place = markupEnd
            end = markupEnd
        }
        return end > 0 ? end : bytes.count
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
