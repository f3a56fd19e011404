import SAX

/// Reads the regular XML that spreadsheet programs write, several times faster than libxml2 does.
///
/// **What is regular**: UTF-8 without a byte order mark, the usual XML declaration or none, one root that declares all
/// prefixes, names of ASCII letters with a prefix, attributes with one of the two quotes and no white space round `=`, end
/// tags without white space, text without `>`, carriage returns and control characters, and of all references the five that
/// XML knows and characters by number. Everything of that is well-formed XML, and means to libxml2 what it means here.
///
/// **What is not** (comments, instructions, CDATA, document types, other encodings, errors, and what is larger than the buffer
/// or beyond a limit) is not judged here: the scanner stops in front of it, ``handOver`` says where it stands, and libxml2
/// reads on. So the scanner never refuses a document, and never takes one that libxml2 would refuse.
struct RegularXMLScanner {
    /// How a scan ended.
    enum Ending {
        /// All was read, or what is left has not come to its end yet.
        case needsMore
        /// What comes next is not regular.
        case irregular
    }

    /// How a step of the scan ended: at the place behind a construct, in front of one whose end is not in the buffer, or in
    /// front of one that is not regular.
    private enum Step {
        case reached(Int)
        case needsMore
        case irregular
    }

    private struct OpenElement {
        let name: Int
        /// The line its start tag begins in.
        let line: Int
    }

    let limits: ODSLimits
    /// The deepest nesting that is taken; libxml2 ends at 256 whatever the limits say.
    private let maxDepth: Int
    var names = NameTable()
    private var templates = TagTemplates()
    /// The start tag that was taken apart last, and the numbers of its attributes' names.
    var tag = StartTag()
    var attributeNumbers: [Int] = []
    private var open: [OpenElement] = []
    /// The document up to the end of its root's start tag; empty before that was read.
    private var head: [UInt8] = []
    private var rootEndTag: [UInt8] = []
    /// What stands round the text of a plain cell, such as `<text:p>` and `</text:p></table:table-cell>`; empty when the root
    /// declares no prefix for them.
    private var plainCellStart: [UInt8] = []
    private var plainCellEnd: [UInt8] = []
    private var line = 1
    /// Values and text without the references that they hold in the document.
    var resolved: [UInt8] = []

    /// More than any XML declaration has.
    private static var prologBytes: Int { 128 }

    /// Makes a scanner of one document.
    init(limits: ODSLimits) {
        self.limits = limits
        maxDepth = min(limits.elementDepth, 256)
    }

    /// Whether the root has ended, so that the document may end.
    var isComplete: Bool { !head.isEmpty && open.isEmpty }

    /// What another parser must be told to read on from here.
    var handOver: XMLHandOver {
        XMLHandOver(
            head: head, open: open.dropFirst().map { .init(name: names.bytes(of: $0.name), line: $0.line) },
            rootEnd: isComplete ? rootEndTag : [], line: line)
    }

    /// Scans what the buffer holds.
    ///
    /// - Parameters:
    ///   - bytes: The buffer, beginning with what the last scan left.
    ///   - sheets: Gets what was read.
    /// - Returns: How many bytes are done with, and why no more.
    /// - Throws: What `sheets` throws.
    mutating func scan(
        _ bytes: Span<UInt8>, into sheets: inout SheetAssembler
    ) throws -> (consumed: Int, ending: Ending) {
        var position = 0
        if head.isEmpty {
            guard !bytes.isEmpty else { return (0, .needsMore) }
            switch try prolog(bytes, into: &sheets) {
            case .reached(let end): position = end
            case .needsMore: return (0, .needsMore)
            case .irregular: return (0, .irregular)
            }
        }
        // The hot loop. Each turn is a start tag, an end tag or a run of text, of which a large workbook has ten millions; up
        // to the calls into `sheets` nothing in it allocates, counts references or makes a String.
        while position < bytes.count, !open.isEmpty {
            let step =
                if bytes[position] != XMLBytes.less {
                    try text(bytes, at: position, into: &sheets)
                } else if position + 1 == bytes.count {
                    Step.needsMore
                } else if bytes[position + 1] == XMLBytes.slash {
                    try endTag(bytes, at: position, into: &sheets)
                } else {
                    try startTag(bytes, at: position, into: &sheets)
                }
            switch step {
            case .reached(let end): position = end
            case .needsMore: return (position, .needsMore)
            case .irregular: return (position, .irregular)
            }
        }
        // The hot loop ends here; what follows happens once a buffer.
        guard open.isEmpty else { return (position, .needsMore) }
        return epilog(bytes, from: position)
    }

    // MARK: The parts of a document

    /// The declaration and the root's start tag.
    private mutating func prolog(_ bytes: Span<UInt8>, into sheets: inout SheetAssembler) throws -> Step {
        guard bytes.count >= Self.prologBytes || bytes.firstIndex(of: XMLBytes.greater, from: 0) != nil else {
            return .needsMore
        }
        guard let declaration = XMLDeclaration.length(bytes) else { return .irregular }
        var position = declaration
        var lineFeeds = 0
        while position < bytes.count, bytes[position] == XMLBytes.space || bytes[position] == XMLBytes.lineFeed {
            lineFeeds += bytes[position] == XMLBytes.lineFeed ? 1 : 0
            position += 1
        }
        guard position < bytes.count else { return .needsMore }
        guard bytes[position] == XMLBytes.less else { return .irregular }
        guard let end = bytes.firstIndex(of: XMLBytes.greater, from: position) else { return .needsMore }
        guard end - position < limits.startTagBytes, tag.read(bytes, from: position, to: end), !tag.isEmptyElement,
            names.declare(tag, in: bytes), let element = parsed(bytes, declaresPrefixes: true)
        else { return .irregular }
        open.append(OpenElement(name: element.name, line: line + lineFeeds))
        line += lineFeeds + tag.lineFeeds
        head = (0...end).map { bytes[$0] }
        if let cell = names.writtenName(of: .tableCell), let paragraph = names.writtenName(of: .paragraph) {
            plainCellStart = Array("<\(paragraph)>".utf8)
            plainCellEnd = Array("</\(paragraph)></\(cell)>".utf8)
        }
        rootEndTag = Array("</".utf8) + names.bytes(of: element.name) + [XMLBytes.greater]
        try begin(element, bytes, into: &sheets)
        return .reached(end + 1)
    }

    /// White space behind the root.
    private mutating func epilog(_ bytes: Span<UInt8>, from start: Int) -> (consumed: Int, ending: Ending) {
        for position in start..<bytes.count {
            switch bytes[position] {
            case XMLBytes.lineFeed: line += 1
            case XMLBytes.space, XMLBytes.tab: break
            default: return (position, .irregular)
            }
        }
        return (bytes.count, .needsMore)
    }

    private mutating func startTag(
        _ bytes: Span<UInt8>, at start: Int, into sheets: inout SheetAssembler
    ) throws -> Step {
        guard open.count < maxDepth else { return .irregular }
        if let match = templates.match(bytes, at: start) {
            let attributes = templates[match.index].attributes(gap: match.gap)
            let (element, isEmptyElement) = (templates[match.index].element, templates[match.index].isEmptyElement)
            if element == .tableCell, !isEmptyElement,
                let text = plainCellText(bytes, from: match.end, sheets)
            {
                try sheets.plainCell(attributes, values: bytes, text: bytes.extracting(text))
                return .reached(text.upperBound + plainCellEnd.count)
            }
            try sheets.startElement(element, attributes, values: bytes)
            try opened(templates[match.index].name, isEmptyElement: isEmptyElement, into: &sheets)
            return .reached(match.end)
        }
        guard bytes[start + 1] != XMLBytes.exclamation, bytes[start + 1] != XMLBytes.question else { return .irregular }
        guard let end = bytes.firstIndex(of: XMLBytes.greater, from: start) else { return .needsMore }
        guard end - start < limits.startTagBytes, tag.read(bytes, from: start, to: end),
            let element = parsed(bytes, declaresPrefixes: false)
        else { return .irregular }
        if element.textCount < 2, !element.isResolved, tag.lineFeeds == 0 {
            templates.keep(
                .init(
                    name: element.name, element: element.element, isEmptyElement: tag.isEmptyElement,
                    attributes: element.attributes, text: element.lastText),
                tag: start..<end + 1, gap: element.lastText, in: bytes)
        }
        try begin(element, bytes, into: &sheets)
        try opened(element.name, isEmptyElement: tag.isEmptyElement, into: &sheets)
        line += tag.lineFeeds
        return .reached(end + 1)
    }

    private func begin(_ element: ParsedTag, _ bytes: Span<UInt8>, into sheets: inout SheetAssembler) throws {
        if element.isResolved {
            try sheets.startElement(element.element, element.attributes, values: resolved.span)
        } else {
            try sheets.startElement(element.element, element.attributes, values: bytes)
        }
    }

    /// Enters an element, and leaves it at once when it is empty.
    private mutating func opened(_ name: Int, isEmptyElement: Bool, into sheets: inout SheetAssembler) throws {
        if isEmptyElement {
            try sheets.endElement()
        } else {
            open.append(OpenElement(name: name, line: line))
        }
    }

    /// The text of a cell that has one plain paragraph and nothing else.
    ///
    /// - Parameters:
    ///   - bytes: The buffer.
    ///   - start: The place behind the cell's start tag.
    ///   - sheets: What the cell is for.
    /// - Returns: Where the text stands; nil for every other cell, which then is read tag by tag.
    private func plainCellText(_ bytes: Span<UInt8>, from start: Int, _ sheets: borrowing SheetAssembler) -> Range<Int>?
    {
        guard sheets.takesCells, open.count + 2 <= maxDepth, !plainCellStart.isEmpty,
            bytes.matches(plainCellStart.span, 0..<plainCellStart.count, at: start)
        else { return nil }
        let textStart = start + plainCellStart.count
        var end = textStart
        while end < bytes.count, XMLBytes.isPlain(bytes[end]) { end += 1 }
        return bytes.matches(plainCellEnd.span, 0..<plainCellEnd.count, at: end) ? textStart..<end : nil
    }

    private mutating func endTag(_ bytes: Span<UInt8>, at start: Int, into sheets: inout SheetAssembler) throws -> Step
    {
        guard let element = open.last else { return .irregular }
        guard names.endTagMatches(element.name, bytes, at: start + 2) else {
            return bytes.firstIndex(of: XMLBytes.greater, from: start) == nil ? .needsMore : .irregular
        }
        open.removeLast()
        try sheets.endElement()
        return .reached(start + names.endTagBytes(of: element.name))
    }

    // MARK: Text

    private mutating func text(_ bytes: Span<UInt8>, at start: Int, into sheets: inout SheetAssembler) throws -> Step {
        var position = start
        var lineFeeds = 0
        var hasReference = false
        scanning: while position < bytes.count {
            let byte = bytes[position]
            if XMLBytes.isPlain(byte) {
                position += 1
                continue
            }
            switch byte {
            case XMLBytes.less: break scanning
            case XMLBytes.quote, XMLBytes.apostrophe, XMLBytes.tab: position += 1
            case XMLBytes.lineFeed:
                lineFeeds += 1
                position += 1
            case XMLBytes.ampersand:
                guard let reference = XMLBytes.reference(bytes, at: position, end: bytes.count) else {
                    return endsLater(bytes, from: position)
                }
                hasReference = true
                position = reference.end
            case 0x80...:
                guard let next = XMLBytes.endOfWideCharacter(bytes, at: position, end: bytes.count) else {
                    return endsLater(bytes, from: position)
                }
                position = next
            default: return .irregular
            }
        }
        // Text that is cut by the buffer's end is taken when all of it is there.
        guard position < bytes.count else { return .needsMore }
        if hasReference {
            resolved.removeAll(keepingCapacity: true)
            resolve(bytes, start..<position)
            sheets.characters(resolved.span)
        } else {
            sheets.characters(bytes.extracting(start..<position))
        }
        line += lineFeeds
        return .reached(position)
    }

    /// What to do about a reference or character that cannot be taken: wait while its rest may still come.
    private func endsLater(_ bytes: Span<UInt8>, from position: Int) -> Step {
        let isCut = bytes.count - position < 10 && bytes.firstIndex(of: XMLBytes.less, from: position) == nil
        return isCut ? .needsMore : .irregular
    }
}
