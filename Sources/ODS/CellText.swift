/// Gathers one cell's text out of its paragraphs, by the white space rules of ODF 1.3, part 3, section 6.1.2.
///
/// A run of literal white space is one space, and none at all at either end of a paragraph; `text:s`, `text:tab` and
/// `text:line-break` stand for themselves. Paragraphs are parted by a line feed. The buffer is reused from cell to cell.
struct CellText {
    private let limit: Int
    private var bytes: [UInt8] = []
    private var paragraphs = 0
    private var paragraphHasText = false
    private var owesSpace = false
    /// Whether there is anything but line feeds.
    private(set) var isFilled = false
    /// Whether text was cut off at the limit.
    private(set) var isTruncated = false

    /// Makes an empty text that keeps at most `limit` bytes of UTF-8.
    init(limit: Int) {
        self.limit = limit
    }

    /// Starts the next cell.
    mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        paragraphs = 0
        isFilled = false
        isTruncated = false
        owesSpace = false
    }

    /// What was gathered, never cut inside a character.
    var string: String {
        guard isTruncated else { return String(utf8: bytes.span) }
        return Self.cut(bytes, to: limit)
    }

    /// The first `limit` bytes of UTF-8 text, and less where that would cut a character.
    static func cut(_ utf8: [UInt8], to limit: Int) -> String {
        var end = min(limit, utf8.count)
        // A byte 10xxxxxx goes on with a character, so the place before it is inside one.
        while end > 0, end < utf8.count, utf8[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: utf8[..<end], as: UTF8.self)
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
        for index in utf8.indices {
            let byte = utf8[index]
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D:
                owesSpace = paragraphHasText
            default:
                paySpace()
                append(byte)
                paragraphHasText = true
                isFilled = true
            }
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
        if bytes.count + utf8.count > limit { isTruncated = true }
        bytes.append(utf8.extracting(first: max(0, limit + 1 - bytes.count)))
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

    /// Keeps one byte more than the limit, so that ``cut(_:to:)`` can tell whether the cut is inside a character.
    private mutating func append(_ byte: UInt8) {
        if bytes.count >= limit { isTruncated = true }
        guard bytes.count <= limit else { return }
        bytes.append(byte)
    }
}
