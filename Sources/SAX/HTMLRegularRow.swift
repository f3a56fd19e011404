/// Recognises a row that is as regular as a program writes it: `<tr>`, `td` elements without attributes that hold plain text
/// only, `</tr>`, and white space between them.
///
/// Plain is what every reader of HTML takes as it stands: no reference, no tag, no control character, and no character that
/// may be no XML character, which libxml2 drops.
struct HTMLRegularRow {
    /// Where the texts of the cells stand.
    private(set) var cells: [Range<Int>] = []

    /// Reads a row at `start` or behind the white space there, and returns its end; nil when it is not regular or not whole.
    mutating func read(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        cells.removeAll(keepingCapacity: true)
        var place = Self.blanksEnd(bytes, start)
        guard Self.matches("<tr>", bytes, &place) else { return nil }
        while true {
            place = Self.blanksEnd(bytes, place)
            if Self.matches("</tr>", bytes, &place) { return place }
            guard Self.matches("<td>", bytes, &place) else { return nil }
            let textStart = place
            while place < bytes.count, Self.isPlain(bytes[place]) { place += 1 }
            cells.append(textStart..<place)
            guard Self.matches("</td>", bytes, &place) else { return nil }
        }
    }

    /// U+FFFE and U+FFFF, which are no characters, begin with 0xEF.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: " ") && byte != UInt8(ascii: "<") && byte != UInt8(ascii: "&") && byte != 0x7F
            && byte != 0xEF
    }

    private static func blanksEnd(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var place = start
        while place < bytes.count, bytes[place] == UInt8(ascii: " ") || bytes[place] == UInt8(ascii: "\n") {
            place += 1
        }
        return place
    }

    private static func matches(
        _ tag: StaticString, _ bytes: UnsafeBufferPointer<UInt8>, _ place: inout Int
    ) -> Bool {
        let count = tag.utf8CodeUnitCount
        guard bytes.count - place >= count else { return false }
        for offset in 0..<count where bytes[place + offset] != tag.utf8Start[offset] { return false }
        place += count
        return true
    }
}
