import CLibXML2

/// The one owner of a libxml2 push parser's context: freed exactly once, when the handle goes away.
struct ParserContextHandle: ~Copyable {
    let context: xmlParserCtxtPtr

    /// Makes a context without callbacks' receiver.
    init() throws(XMLError) {
        LibXML2.start()
        var handler = ParserCallbacks.saxHandler
        guard let context = xmlCreatePushParserCtxt(&handler, nil, nil, 0, nil) else {
            throw XMLError.limit(reason: "libxml2 could not allocate a parser", line: 1)
        }
        xmlCtxtUseOptions(context, LibXML2.documentOptions)
        self.context = context
    }

    /// Names what the callbacks get, which must live as long as anything is parsed.
    func setReceiver(_ callbacks: ParserCallbacks) {
        context.pointee.userData = Unmanaged.passUnretained(callbacks).toOpaque()
    }

    deinit {
        xmlFreeParserCtxt(context)
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
        let text = error.message.map { String(cString: $0) } ?? "bytes that are no text in its encoding"
        let firstLine = text.prefix { !$0.isNewline }.prefix(200)
        let printable = firstLine.map { $0.isASCII && $0 < " " ? "?" : $0 }
        return .malformed(reason: String(printable), line: max(1, Int(error.line)))
    }
}
