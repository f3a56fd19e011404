import CLibXML2

/// What libxml2's callbacks find behind their `void *`.
///
/// A Swift error cannot be thrown through C's stack frames. The first one is kept here, the parse is stopped, and the
/// parser throws it once libxml2 has returned.
final class ParserCallbacks {
    private let handler: any XMLHandler
    private let limits: XMLLimits
    private let matcher: NameMatcher
    private let attributes: XMLAttributes
    private let context: xmlParserCtxtPtr
    /// For each id whether its element's text is wanted; empty when all is.
    private let isTextParent: [Bool]
    // Unchecked: callbacks come one after the other on one thread, and the checks cost a tenth of a parse.
    @exclusivity(unchecked) private var depth = 0
    /// The depth of the outermost open element whose text is wanted; 0 outside of such.
    @exclusivity(unchecked) private var textDepth = 0
    /// Whether the handler is told nothing, because it knows that part of the document already.
    @exclusivity(unchecked) var isMuted = false
    @exclusivity(unchecked) private(set) var failure: (any Error)?

    /// Makes the callbacks of `context`, which must live until the last of them.
    init(
        handler: any XMLHandler, limits: XMLLimits, names: XMLNameTable, textParents: Set<Int>?,
        context: xmlParserCtxtPtr
    ) {
        self.handler = handler
        self.limits = limits
        self.context = context
        isTextParent = textParents.map { parents in names.names.indices.map { parents.contains($0) } } ?? []
        matcher = NameMatcher(names, context: context)
        attributes = XMLAttributes(matcher: matcher)
    }

    private func stop(_ error: any Error) {
        guard failure == nil else { return }
        failure = error
        xmlStopParser(context)
    }

    private func stop(limit reason: String) {
        stop(XMLError.limit(reason: reason, line: context.pointee.input.map { Int($0.pointee.line) } ?? 1))
    }

    private func start(
        localName: UnsafePointer<xmlChar>?, namespace: UnsafePointer<xmlChar>?, pointers: XMLAttributes.Pointers?,
        count: Int, namespaces: Int
    ) {
        guard failure == nil else { return }
        depth += 1
        guard depth <= limits.depth else { return stop(limit: "elements nest deeper than \(limits.depth)") }
        guard count <= limits.attributes else {
            return stop(limit: "an element has more than \(limits.attributes) attributes")
        }
        guard namespaces <= limits.namespaces else {
            return stop(limit: "an element declares more than \(limits.namespaces) namespaces")
        }
        attributes.lend(pointers, count: count)
        defer { attributes.takeBack() }
        do {
            let name = XMLName(id: matcher.id(localName: localName, namespace: namespace))
            if textDepth == 0, wantsText(name) { textDepth = depth }
            guard !isMuted else { return }
            try handler.startElement(name: name, attributes: attributes)
        } catch {
            stop(error)
        }
    }

    private func wantsText(_ name: XMLName) -> Bool {
        isTextParent.isEmpty || name != .unknown && isTextParent[name.id]
    }

    private func end(localName: UnsafePointer<xmlChar>?, namespace: UnsafePointer<xmlChar>?) {
        guard failure == nil else { return }
        if depth == textDepth { textDepth = 0 }
        depth -= 1
        guard !isMuted else { return }
        do {
            try handler.endElement(name: XMLName(id: matcher.id(localName: localName, namespace: namespace)))
        } catch {
            stop(error)
        }
    }

    private func text(_ start: UnsafePointer<xmlChar>?, count: Int32) {
        guard textDepth > 0, !isMuted, failure == nil else { return }
        do {
            try handler.characters(UnsafeBufferPointer(start: start, count: Int(count)).span)
        } catch {
            stop(error)
        }
    }

    /// The table of C functions; none captures anything.
    static var saxHandler: xmlSAXHandler {
        var sax = xmlSAXHandler()
        sax.initialized = XML_SAX2_MAGIC
        sax.startElementNs = { user, localName, _, namespace, namespaces, _, count, _, pointers in
            ParserCallbacks.of(user)?.start(
                localName: localName, namespace: namespace, pointers: pointers, count: Int(count),
                namespaces: Int(namespaces))
        }
        sax.endElementNs = { user, localName, _, namespace in
            ParserCallbacks.of(user)?.end(localName: localName, namespace: namespace)
        }
        sax.characters = { user, start, count in ParserCallbacks.of(user)?.text(start, count: count) }
        sax.ignorableWhitespace = sax.characters
        sax.cdataBlock = sax.characters
        sax.internalSubset = { user, _, _, _ in ParserCallbacks.of(user)?.stop(XMLError.documentType) }
        sax.externalSubset = sax.internalSubset
        sax.entityDecl = { user, _, _, _, _, _ in ParserCallbacks.of(user)?.stop(XMLError.documentType) }
        // Without this libxml2 prints its errors; they are read from the context instead.
        sax.serror = { _, _ in }
        return sax
    }

    /// The object behind a callback's pointer; the parser owns it for as long as libxml2 runs.
    private static func of(_ pointer: UnsafeMutableRawPointer?) -> ParserCallbacks? {
        pointer.map { Unmanaged<ParserCallbacks>.fromOpaque($0).takeUnretainedValue() }
    }
}
