import CLibXML2

/// Makes an ``HTMLDocument`` of a page, however bad the page is.
package enum HTMLTree {
    /// How many open elements libxml2 may keep; a page with more is not a page, and each end tag would walk them all.
    static let maxOpenElements = 4_096

    /// Parses a whole page.
    ///
    /// - Parameters:
    ///   - bytes: The page; pages of up to 5 MiB are meant, larger ones work.
    ///   - encoding: The encoding the server named, such as `iso-8859-1`. Without one (or with one that is not known) the
    ///     page is UTF-8 if its bytes are, else what its `meta` element says, else ISO 8859-1.
    ///   - limits: How large the tree may become.
    /// - Returns: The tree; that of rubbish is empty or holds rubbish.
    package static func parse(
        _ bytes: [UInt8], encoding: String? = nil, limits: HTMLLimits = HTMLLimits()
    ) -> HTMLDocument {
        let builder = HTMLTreeBuilder(limits: limits)
        guard !bytes.isEmpty, bytes.count <= Int(Int32.max), let handle = HTMLContextHandle(builder: builder) else {
            return builder.document(isComplete: bytes.isEmpty)
        }
        let isUTF8 = encoding == nil && String(validating: bytes, as: UTF8.self) != nil
        handle.parse(bytes, encoding: isUTF8 ? "UTF-8" : encoding)
        return builder.document(isComplete: true)
    }
}

/// The one owner of a libxml2 HTML parser's context: freed exactly once, when the handle goes away.
private struct HTMLContextHandle: ~Copyable {
    private let context: htmlParserCtxtPtr

    /// Makes a context whose callbacks get `builder`, which must live longer than the handle; nil without memory.
    init?(builder: HTMLTreeBuilder) {
        LibXML2.start()
        guard let context = htmlNewParserCtxt() else { return nil }
        context.pointee.sax.pointee = HTMLTreeBuilder.saxHandler
        context.pointee.userData = Unmanaged.passUnretained(builder).toOpaque()
        builder.context = context
        self.context = context
    }

    deinit {
        htmlFreeParserCtxt(context)
    }

    /// Runs the parse; the builder has the result.
    func parse(_ bytes: [UInt8], encoding: String?) {
        let options = Int32(HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NONET.rawValue)
        bytes.withUnsafeBytes { buffer in
            let characters = buffer.assumingMemoryBound(to: CChar.self)
            // The builder makes the tree; libxml2 makes none, so what this returns is nil.
            let document = htmlCtxtReadMemory(
                context, characters.baseAddress, Int32(characters.count), nil, encoding, options)
            xmlFreeDoc(document)
        }
    }
}
