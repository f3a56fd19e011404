import SAX

/// Parses `content.xml` on the fastest way that is right for it.
///
/// ``RegularXMLScanner`` reads the document as far as it is regular, and libxml2 whatever comes after that. Both tell the same
/// ``SheetAssembler`` the same, so rows come once and in order, wherever the change is.
struct ContentParser {
    /// Which parsers may be used.
    enum Path: Sendable {
        /// The scanner, and libxml2 for what is not regular.
        case fastest
        /// libxml2 for all.
        case libxml2
    }

    private let content: ContentHandler
    private let limits: ODSLimits
    private var scanner: RegularXMLScanner
    /// What the scanner has not read yet.
    private var buffer: [UInt8] = []
    /// Set from the hand-over on.
    private var parser: XMLPushParser?

    /// What the scanner may leave in the buffer: longer tags and texts than any program writes go to libxml2.
    private static var maxHeldBytes: Int { 1 << 17 }
    /// How much of a piece is joined to what was held, at least: more than a tag of a cell; a long text doubles it, so that it
    /// is not read again and again.
    private static var joinedBytes: Int { 1_024 }

    /// Makes a parser for one document.
    ///
    /// - Parameters:
    ///   - content: What is told of it.
    ///   - limits: How large its parts may be.
    ///   - path: Which parsers may be used.
    /// - Throws: ``XMLError`` when memory is exhausted.
    init(_ content: ContentHandler, limits: ODSLimits, path: Path) throws {
        self.content = content
        self.limits = limits
        scanner = RegularXMLScanner(limits: limits)
        if path == .libxml2 { parser = try makeParser() }
    }

    /// Parses the next piece of the document, which may be cut anywhere.
    mutating func feed(_ piece: Span<UInt8>) throws {
        if let parser { return try parser.feed(piece) }
        var position = 0
        // What was held comes first, with as much of the piece as its end may need; the rest is read where it stands.
        while !buffer.isEmpty, position < piece.count {
            let held = buffer.count
            let end = min(piece.count, position + max(held, Self.joinedBytes))
            buffer.append(piece.extracting(position..<end))
            let (consumed, ending) = try Self.scan(buffer, with: &scanner, into: &content.sheets)
            if ending == .irregular {
                buffer.removeFirst(consumed)
                return try handOver(before: piece.extracting(end..<piece.count))
            }
            if consumed < held {
                buffer.removeFirst(consumed)
                position = end
            } else {
                buffer.removeAll(keepingCapacity: true)
                position += consumed - held
            }
        }
        if buffer.isEmpty {
            let rest = piece.extracting(position..<piece.count)
            let (consumed, ending) = try scanner.scan(rest, into: &content.sheets)
            buffer.append(rest.extracting(consumed..<rest.count))
            if ending == .irregular { return try handOver() }
        }
        if buffer.count > Self.maxHeldBytes { try handOver() }
    }

    /// One scan; the buffer comes as a value, so that it can be lent while the scanner changes.
    private static func scan(
        _ buffer: [UInt8], with scanner: inout RegularXMLScanner, into sheets: inout SheetAssembler
    ) throws -> (consumed: Int, ending: RegularXMLScanner.Ending) {
        try scanner.scan(buffer.span, into: &sheets)
    }

    /// Says that the document is complete.
    mutating func finish() throws {
        if parser == nil {
            guard !scanner.isComplete || !buffer.isEmpty else { return }
            try handOver()
        }
        try parser?.finish()
    }

    /// Lets libxml2 read on.
    private mutating func handOver(before rest: Span<UInt8>) throws {
        try handOver()
        try parser?.feed(rest)
    }

    private mutating func handOver() throws {
        let parser = try makeParser()
        self.parser = parser
        try parser.readOn(from: scanner.handOver)
        try parser.feed(buffer)
        buffer = []
    }

    private func makeParser() throws -> XMLPushParser {
        try XMLPushParser(
            handler: content, names: ODFName.nameTable,
            limits: XMLLimits(
                depth: limits.elementDepth, attributes: limits.attributes, startTagBytes: limits.startTagBytes),
            textParents: [ODFName.paragraph.rawValue, ODFName.heading.rawValue])
    }
}
