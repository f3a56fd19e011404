import SAX

/// Gathers the texts of a row's cells, by the white space rules of ODF 1.3, part 3, section 6.1.2.
///
/// A run of literal white space is one space, and none at all at either end of a paragraph; `text:s`, `text:tab` and
/// `text:line-break` stand for themselves. Paragraphs are parted by a line feed. All texts of a row stand one behind the other
/// in one buffer, which is reused from row to row.
struct CellText {
    private let limit: Int
    /// The row's texts, and the values that were kept with them.
    private(set) var bytes: [UInt8] = []
    /// Where the cell's bytes begin, and its text behind the value that was kept.
    private var cellStart = 0
    private var start = 0
    private var paragraphs = 0
    private var paragraphHasText = false
    private var owesSpace = false
    /// Whether the cell has anything but line feeds.
    private(set) var isFilled = false
    /// Whether the cell's text was cut off at the limit.
    private(set) var isTruncated = false

    /// Makes an empty text that keeps at most `limit` bytes of UTF-8 a cell.
    init(limit: Int) {
        self.limit = limit
    }

    /// Starts the next row.
    mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
    }

    /// Starts the next cell.
    mutating func beginCell() {
        cellStart = bytes.count
        start = bytes.count
        paragraphs = 0
        isFilled = false
        isTruncated = false
        owesSpace = false
    }

    /// Ends the cell: where its text stands, never cut inside a character.
    mutating func endCell() -> Range<Int32> {
        if isTruncated { bytes.removeLast(bytes.count - Self.cut(bytes, from: start, to: limit)) }
        return Int32(start)..<Int32(bytes.count)
    }

    /// Forgets the cell, so that cells that are not read take no memory.
    mutating func dropCell() {
        bytes.removeLast(bytes.count - cellStart)
    }

    /// Keeps the cell's value in front of its text, cut to the limit when it is a text itself.
    mutating func keep(_ value: Span<UInt8>, isText: Bool) -> Range<Int32> {
        bytes.append(value)
        if isText, value.count > limit { bytes.removeLast(bytes.count - Self.cut(bytes, from: cellStart, to: limit)) }
        start = bytes.count
        return Int32(cellStart)..<Int32(start)
    }

    /// Where the first `limit` bytes of the UTF-8 text from `start` on end, and earlier where that would cut a character.
    private static func cut(_ utf8: [UInt8], from start: Int, to limit: Int) -> Int {
        var end = min(start + limit, utf8.count)
        // A byte 10xxxxxx goes on with a character, so the place before it is inside one.
        while end > start, end < utf8.count, utf8[end] & 0xC0 == 0x80 { end -= 1 }
        return end
    }

    mutating func beginParagraph() {
        if paragraphs > 0 { append(UInt8(ascii: "\n")) }
        paragraphs += 1
        paragraphHasText = false
        owesSpace = false
    }

    mutating func endParagraph() {
        owesSpace = false
    }

    /// Adds literal text.
    mutating func append(_ utf8: Span<UInt8>) {
        guard !Self.isVerbatim(utf8) else { return appendVerbatim(utf8) }
        var position = 0
        while position < utf8.count {
            // Below the space only tabs and ends of lines come out of a parser.
            guard utf8[position] > 0x20 else {
                owesSpace = paragraphHasText
                position += 1
                continue
            }
            var end = position + 1
            while end < utf8.count, utf8[end] > 0x20 { end += 1 }
            appendVerbatim(utf8.extracting(position..<end))
            position = end
        }
    }

    /// Whether no white space of a text is lost or changed: most texts of most cells.
    private static func isVerbatim(_ utf8: Span<UInt8>) -> Bool {
        var followsSpace = true
        for index in utf8.indices {
            let byte = utf8[index]
            guard byte <= 0x20 else {
                followsSpace = false
                continue
            }
            guard byte == 0x20, !followsSpace else { return false }
            followsSpace = true
        }
        return !followsSpace
    }

    private mutating func appendVerbatim(_ utf8: Span<UInt8>) {
        paySpace()
        paragraphHasText = true
        isFilled = true
        let room = start + limit + 1 - bytes.count
        if utf8.count < room {
            bytes.append(utf8)
        } else {
            isTruncated = true
            bytes.append(utf8.extracting(first: max(0, room)))
        }
    }

    /// Adds what `text:s` stands for.
    mutating func appendSpaces(_ count: Int) {
        paySpace()
        for _ in 0..<min(count, limit + 1) { append(0x20) }
        paragraphHasText = true
        isFilled = true
    }

    /// Adds what `text:tab` stands for.
    mutating func appendTab() {
        paySpace()
        append(0x09)
        paragraphHasText = true
        isFilled = true
    }

    /// Adds what `text:line-break` stands for.
    mutating func appendLineBreak() {
        owesSpace = false
        append(0x0A)
        paragraphHasText = false
    }

    private mutating func paySpace() {
        guard owesSpace else { return }
        owesSpace = false
        append(0x20)
    }

    /// Keeps one byte more than the limit, so that ``cut(_:from:to:)`` can tell whether the cut is inside a character.
    private mutating func append(_ byte: UInt8) {
        if bytes.count - start >= limit { isTruncated = true }
        guard bytes.count - start <= limit else { return }
        bytes.append(byte)
    }
}
