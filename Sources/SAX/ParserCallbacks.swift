import CLibXML2
import Glibc

/// What libxml2's callbacks find behind their `void *`: they write down what is reported, as a batch of ``XMLEvent``s.
///
/// **The hot loop of libxml2's path**: a large workbook makes many million callbacks. It is a plain struct in memory of its
/// own, so that a callback counts no reference, checks no access and makes no String; the parser hands the batch out when
/// libxml2 has returned. Nor could a Swift error be thrown through C's stack frames.
struct ParserCallbacks: ~Copyable {
    /// An element that has begun.
    struct OpenElement {
        let id: Int16
        /// How many prefixes its start tag declares.
        let declarations: Int16
        /// The line its start tag ends in, counted from 1.
        let line: Int32
    }

    private let limits: XMLLimits
    private var names: NameResolver
    private let context: xmlParserCtxtPtr
    /// For each id whether its element's text is wanted; empty when all is.
    private let isTextParent: [Bool]
    private var open: GrowingBuffer<OpenElement>
    /// The depth of the outermost open element whose text is wanted; 0 outside of such.
    private var textDepth = 0
    /// Whether nothing is written down, because the handler knows that part of the document already.
    var isMuted = false
    /// Why libxml2 was stopped; nothing is written down from then on.
    private(set) var failure: XMLError?
    private var hasFailed = false
    /// What was reported since the last batch was handed out.
    private var events = GrowingBuffer<XMLEvent>(capacity: 4_096)
    /// The values of attributes and the pieces of text, one behind the other.
    private var bytes = GrowingBuffer<UInt8>(capacity: 16_384)

    /// Makes the callbacks of `context`, which must live until the last of them.
    init(limits: XMLLimits, names table: XMLNameTable, textParents: Set<Int>?, context: xmlParserCtxtPtr) {
        self.limits = limits
        self.context = context
        isTextParent = textParents.map { parents in table.names.indices.map { parents.contains($0) } } ?? []
        names = NameResolver(table)
        open = GrowingBuffer(capacity: min(limits.depth, 256))
    }

    /// Lends what was reported since the last time, and empties the batch.
    mutating func handOut(to handler: any XMLHandler) throws {
        defer {
            events.clear()
            bytes.clear()
        }
        guard events.count > 0 else { return }
        try handler.take(events.elements.span, bytes: bytes.elements.span)
    }

    /// The line in which the innermost open element has its start tag; nil outside of all.
    var openLine: Int? { open.elements.last.map { Int($0.line) } }

    private mutating func stop(_ error: XMLError) {
        guard !hasFailed else { return }
        hasFailed = true
        failure = error
        xmlStopParser(context)
    }

    private mutating func stop(limit reason: String) {
        stop(.limit(reason: reason, line: Int(line)))
    }

    private var line: Int32 { context.pointee.input?.pointee.line ?? 1 }

    private mutating func start(_ name: NameResolver.Interned, _ attributes: Attributes?) {
        guard !hasFailed else { return }
        guard open.count < limits.depth else { return stop(limit: "elements nest deeper than \(limits.depth)") }
        let (count, declarations) = attributes?.counts ?? (0, 0)
        guard count <= limits.attributes, declarations <= limits.namespaces else {
            return stop(
                limit: count > limits.attributes
                    ? "an element has more than \(limits.attributes) attributes"
                    : "an element declares more than \(limits.namespaces) namespaces")
        }
        if declarations > 0, let attributes { declare(attributes) }
        let id = names.meaning(of: name).element
        open.append(OpenElement(id: id, declarations: Int16(truncatingIfNeeded: declarations), line: line))
        if textDepth == 0, isTextParent.isEmpty || id >= 0 && isTextParent[Int(id)] { textDepth = open.count }
        guard !isMuted else { return }
        events.append(XMLEvent(.start, id: id))
        guard count > 0, var attribute = attributes else { return }
        while let name = attribute.name {
            let id = names.meaning(of: name).attribute
            if id >= 0, let value = attribute.value { add(id, value) }
            attribute.advance()
        }
    }

    private mutating func declare(_ attributes: Attributes) {
        var attribute = attributes
        while let name = attribute.name {
            if NameResolver.isDeclaration(name), let value = attribute.value { names.declare(name, value.bytes) }
            attribute.advance()
        }
    }

    /// Writes down an attribute, with its ampersands as they are meant.
    ///
    /// Without `XML_PARSE_NOENT` libxml2 resolves every reference in a value but writes each ampersand that comes of one as
    /// `&#38;`, for a second parse that never takes place here.
    @inline(__always)
    private mutating func add(_ id: Int16, _ value: UnsafePointer<xmlChar>) {
        let start = bytes.count
        // Values are short: one loop costs less than asking the C library for the length, for ampersands and for a copy.
        var next = value
        while next[0] != 0 {
            bytes.append(next[0])
            if next[0] == UInt8(ascii: "&"), strncmp(next.chars, "&#38;", 5) == 0 { next += 4 }
            next += 1
        }
        events.append(XMLEvent(.attribute, id: id, start: start, end: bytes.count))
    }

    private mutating func end() {
        guard !hasFailed else { return }
        if open.count == textDepth { textDepth = 0 }
        guard let element = open.popLast() else { return }
        if !isMuted { events.append(XMLEvent(.end, id: element.id)) }
        if element.declarations > 0 { names.forget(Int(element.declarations)) }
    }

    private mutating func text(_ start: UnsafePointer<xmlChar>?, count: Int32) {
        guard textDepth > 0, !isMuted, !hasFailed else { return }
        let place = bytes.count
        bytes.append(UnsafeBufferPointer(start: start, count: Int(count)))
        events.append(XMLEvent(.text, id: -1, start: place, end: bytes.count))
    }

    /// The table of C functions; none captures anything.
    ///
    /// Elements come through the functions of SAX1, with names as written; ``NameResolver`` says why.
    static var saxHandler: xmlSAXHandler {
        var sax = xmlSAXHandler()
        sax.initialized = 1  // any number but that of SAX2
        sax.startElement = { user, name, attributes in
            guard let name else { return }
            ParserCallbacks.of(user)?.pointee.start(name, attributes.map(Attributes.init))
        }
        sax.endElement = { user, _ in ParserCallbacks.of(user)?.pointee.end() }
        sax.characters = { user, start, count in ParserCallbacks.of(user)?.pointee.text(start, count: count) }
        sax.ignorableWhitespace = sax.characters
        sax.cdataBlock = sax.characters
        sax.internalSubset = { user, _, _, _ in ParserCallbacks.of(user)?.pointee.stop(.documentType) }
        sax.externalSubset = sax.internalSubset
        sax.entityDecl = { user, _, _, _, _, _ in ParserCallbacks.of(user)?.pointee.stop(.documentType) }
        // libxml2 has no function to tell its errors to; they are read from the context instead.
        return sax
    }

    /// The value behind a callback's pointer; the context's handle owns it for as long as libxml2 runs.
    @inline(__always)
    private static func of(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<ParserCallbacks>? {
        pointer?.assumingMemoryBound(to: ParserCallbacks.self)
    }
}

/// An element's attributes as libxml2 reports them: names and values in turns, and a null behind the last.
private struct Attributes {
    private var pointers: UnsafeMutablePointer<UnsafePointer<xmlChar>?>

    init(_ pointers: UnsafeMutablePointer<UnsafePointer<xmlChar>?>) {
        self.pointers = pointers
    }

    /// The name of the first; nil behind the last.
    var name: UnsafePointer<xmlChar>? { pointers[0] }
    /// The value of the first, which ends with a NUL.
    var value: UnsafePointer<xmlChar>? { pointers[1] }

    /// Passes over the first; there must be one.
    mutating func advance() { pointers += 2 }

    /// How many there are, and how many declare a prefix.
    var counts: (attributes: Int, declarations: Int) {
        var (attributes, declarations) = (0, 0)
        var rest = self
        while let name = rest.name {
            if NameResolver.isDeclaration(name) { declarations += 1 } else { attributes += 1 }
            rest.advance()
        }
        return (attributes, declarations)
    }
}
