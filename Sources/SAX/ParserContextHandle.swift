import CLibXML2

/// The one owner of a libxml2 push parser's context and of what its callbacks write to: freed exactly once, when the handle
/// goes away.
struct ParserContextHandle: ~Copyable {
    let context: xmlParserCtxtPtr
    /// Where it lives does not change, because the context keeps its address.
    let callbacks: UnsafeMutablePointer<ParserCallbacks>

    /// Makes a context and its callbacks.
    init(limits: XMLLimits, names: XMLNameTable, textParents: Set<Int>?) throws(XMLError) {
        LibXML2.start()
        guard xmlHasFeature(XML_WITH_SAX1) != 0 else {
            throw XMLError.limit(reason: "this libxml2 was built without SAX1", line: 1)
        }
        var handler = ParserCallbacks.saxHandler
        guard let context = xmlCreatePushParserCtxt(&handler, nil, nil, 0, nil) else {
            throw XMLError.limit(reason: "libxml2 could not allocate a parser", line: 1)
        }
        xmlCtxtUseOptions(context, LibXML2.documentOptions)
        self.context = context
        callbacks = .allocate(capacity: 1)
        callbacks.initialize(
            to: ParserCallbacks(limits: limits, names: names, textParents: textParents, context: context))
        context.pointee.userData = UnsafeMutableRawPointer(callbacks)
    }

    deinit {
        xmlFreeParserCtxt(context)
        callbacks.deinitialize(count: 1)
        callbacks.deallocate()
    }

    /// How many bytes libxml2 holds and has not parsed yet, because the construct they begin has not ended.
    var waitingBytes: Int {
        guard let input = context.pointee.input, let end = input.pointee.end, let current = input.pointee.cur else {
            return 0
        }
        return end - current
    }

    /// Whether libxml2 has given the document up.
    ///
    /// Bytes that it cannot decode make it fall silent without calling the document malformed.
    var hasFailed: Bool {
        context.pointee.wellFormed == 0 || context.pointee.disableSAX != 0
    }

    /// Whether what has been parsed ends inside of a comment, an instruction, CDATA or a tag.
    var isInsideMarkup: Bool {
        context.pointee.instate == XML_PARSER_CDATA_SECTION
            || waitingBytes > 0 && context.pointee.input?.pointee.cur?.pointee == UInt8(ascii: "<")
    }

    /// The line the parser has come to, counted from 1.
    var line: Int {
        get { context.pointee.input.map { Int($0.pointee.line) } ?? 1 }
        nonmutating set { context.pointee.input?.pointee.line = Int32(clamping: newValue) }
    }

    /// What libxml2 says of the error that made the document not well-formed.
    var failure: XMLError {
        let error = context.pointee.lastError
        let text = mismatch(error) ?? error.message.map { String(cString: $0) }
        let firstLine = (text ?? "bytes that are no text in its encoding").prefix { !$0.isNewline }.prefix(200)
        let printable = firstLine.map { $0.isASCII && $0 < " " ? "?" : $0 }
        return .malformed(reason: String(printable), line: max(1, Int(error.line)))
    }

    /// What an end tag of the wrong name is told in, since libxml2 does not know the start tag's line here and says 0; nil for
    /// every other error.
    private func mismatch(_ error: _xmlError) -> String? {
        guard error.code == Int32(XML_ERR_TAG_NAME_MISMATCH.rawValue), let open = error.str1, let end = error.str2,
            let line = callbacks.pointee.openLine
        else { return nil }
        return "Opening and ending tag mismatch: \(String(cString: open)) line \(line) and \(String(cString: end))"
    }
}
