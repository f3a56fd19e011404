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
        // NOENT puts `&amp;` and character references into attribute values as the characters they mean. It opens no way to
        // entities of the document's own, because a document type ends the parse. HUGE is not set: only text may be huge,
        // and text is never gathered here.
        let options = Int32(XML_PARSE_NOENT.rawValue | XML_PARSE_NONET.rawValue)
        xmlCtxtUseOptions(context, options)
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

    /// The line the parser has come to, counted from 1.
    var line: Int {
        get { context.pointee.input.map { Int($0.pointee.line) } ?? 1 }
        nonmutating set { context.pointee.input?.pointee.line = Int32(clamping: newValue) }
    }

    /// What libxml2 says of the error that made the document not well-formed.
    var failure: XMLError {
        let error = context.pointee.lastError
        let text = error.message.map { String(cString: $0) } ?? "libxml2 error \(error.code)"
        let firstLine = text.prefix { !$0.isNewline }.prefix(200)
        let printable = firstLine.map { $0.isASCII && $0 < " " ? "?" : $0 }
        return .malformed(reason: String(printable), line: max(1, Int(error.line)))
    }
}
