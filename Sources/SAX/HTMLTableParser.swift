import CLibXML2
import Glibc

/// Reads the tables of a page that comes in pieces, row by row, without building a tree.
///
/// What is held is bounded by ``HTMLLimits``, however large the page is. libxml2 gets the page in portions that depend on
/// its bytes only, so the way it was cut on its way here changes nothing. Rows that are nothing but `td` elements with plain
/// text, which libxml2 cannot read in two ways, are read here without it.
package final class HTMLTableParser {
    /// How many bytes are gathered before libxml2 gets them.
    private static let portionBytes = 8_192

    private let handle: HTMLContextHandle
    private let limits: HTMLLimits
    private let usesLibXML2Only: Bool
    private var waiting: [UInt8] = []
    private var failure: HTMLError?

    /// Makes a parser for one page.
    ///
    /// - Parameters:
    ///   - handler: What the rows are given to; kept until the parser goes away.
    ///   - limits: How much of the page is held.
    ///   - usesLibXML2Only: Whether libxml2 reads all rows: slower, for tests that compare the two.
    /// - Throws: ``HTMLError`` when memory is exhausted.
    package init(
        handler: any HTMLTableHandler, limits: HTMLLimits = HTMLLimits(), usesLibXML2Only: Bool = false
    ) throws(HTMLError) {
        handle = try HTMLContextHandle(handler: handler, limits: limits)
        self.limits = limits
        self.usesLibXML2Only = usesLibXML2Only
        waiting.reserveCapacity(Self.portionBytes)
    }

    /// Reads the next piece of the page, which may be cut anywhere.
    ///
    /// - Parameter utf8: The piece, valid UTF-8 as a whole whatever the page says of its encoding; it is not kept.
    /// - Throws: ``HTMLError``, which may be the handler's. From then on every call throws the same error.
    package func feed(_ utf8: [UInt8]) throws(HTMLError) {
        if let failure { throw failure }
        var rest = utf8[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Self.portionBytes - waiting.count)
            waiting.append(contentsOf: piece)
            rest = rest.dropFirst(piece.count)
            guard waiting.count == Self.portionBytes else { return }
            try parseWaiting(isAll: false)
        }
    }

    /// Reads what is left; to be called once, after the last piece.
    ///
    /// - Returns: Whether the page ended in the middle of a table.
    /// - Throws: ``HTMLError``, which may be the handler's.
    package func finish() throws(HTMLError) -> Bool {
        if let failure { throw failure }
        try parseWaiting(isAll: true)
        let isCut = handle.scan.pointee.isInTable
        handle.scan.pointee.isAtEnd = true
        try parse(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true)
        handle.scan.pointee.endRun()
        return isCut
    }

    /// Parses the bytes that wait, as far as they are whole tags, or all of them; what is left goes on waiting.
    private func parseWaiting(isAll: Bool) throws(HTMLError) {
        var parsed = 0
        var error: HTMLError?
        waiting.withUnsafeMutableBytes { waiting in
            // libxml2 takes a zero byte for the end of what it has.
            while let base = waiting.baseAddress, let zero = memchr(base, 0, waiting.count) {
                zero.storeBytes(of: UInt8(ascii: " "), as: UInt8.self)
            }
            let bytes = UnsafeBufferPointer(waiting.assumingMemoryBound(to: UInt8.self))
            do throws(HTMLError) { parsed = try parse(bytes, isAll: isAll) } catch let failure { error = failure }
        }
        if let error { throw error }
        waiting.removeFirst(parsed)
    }

    /// Parses row by row and returns where it stopped.
    private func parse(_ bytes: UnsafeBufferPointer<UInt8>, isAll: Bool) throws(HTMLError) -> Int {
        var place = 0
        while place < bytes.count {
            if !usesLibXML2Only, handle.waitingBytes == 0 {
                place = handle.scan.pointee.takeRegularRows(bytes, from: place)
                try check(isLast: false)
            }
            let portion = HTMLPortion.next(in: bytes, from: place)
            let isRest = portion.isRest && (isAll || place + portion.count == 0)
            let end = isRest ? bytes.count : place + portion.count
            try parse(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[place..<end])), isLast: false)
            place = end
            if portion.isRest { break }
        }
        return place
    }

    private func parse(_ bytes: UnsafeRawBufferPointer, isLast: Bool) throws(HTMLError) {
        if isLast || !bytes.isEmpty { handle.parse(bytes, isLast: isLast) }
        try check(isLast: isLast)
    }

    private func check(isLast: Bool) throws(HTMLError) {
        failure = handle.scan.pointee.failure
        if failure == nil, !isLast, handle.hasStopped { failure = HTMLError("libxml2 gave the page up") }
        if failure == nil, handle.waitingBytes > limits.markupBytes {
            failure = HTMLError("a tag, text, comment or script is longer than \(limits.markupBytes) bytes")
        }
        if let failure { throw failure }
    }
}

/// The one owner of a libxml2 HTML push parser's context and of what its callbacks find: freed when the handle goes away.
private struct HTMLContextHandle: ~Copyable {
    private let context: htmlParserCtxtPtr
    let scan: UnsafeMutablePointer<HTMLTableScan>

    init(handler: any HTMLTableHandler, limits: HTMLLimits) throws(HTMLError) {
        LibXML2.start()
        var table = Self.saxHandler
        guard let context = htmlCreatePushParserCtxt(&table, nil, nil, 0, nil, XML_CHAR_ENCODING_UTF8) else {
            throw HTMLError("libxml2 could not allocate a parser")
        }
        guard let names = HTMLNames(context: context) else {
            htmlFreeParserCtxt(context)
            throw HTMLError("libxml2 could not allocate its names")
        }
        // The page's own word on its encoding is not heeded: the bytes are UTF-8. Unless it is told so, libxml2 takes them
        // for ISO 8859-1.
        htmlCtxtUseOptions(
            context,
            Int32(
                HTML_PARSE_IGNORE_ENC.rawValue | HTML_PARSE_NONET.rawValue | HTML_PARSE_NOERROR.rawValue
                    | HTML_PARSE_NOWARNING.rawValue))
        xmlSwitchEncoding(context, XML_CHAR_ENCODING_UTF8)
        scan = .allocate(capacity: 1)
        scan.initialize(to: HTMLTableScan(handler: handler, limits: limits, names: names, context: context))
        context.pointee.userData = UnsafeMutableRawPointer(scan)
        self.context = context
    }

    deinit {
        htmlFreeParserCtxt(context)
        scan.deinitialize(count: 1)
        scan.deallocate()
    }

    func parse(_ bytes: UnsafeRawBufferPointer, isLast: Bool) {
        let characters = bytes.assumingMemoryBound(to: CChar.self)
        _ = htmlParseChunk(context, characters.baseAddress, Int32(characters.count), isLast ? 1 : 0)
    }

    /// Whether libxml2 reads no further.
    var hasStopped: Bool { context.pointee.instate == XML_PARSER_EOF || context.pointee.disableSAX != 0 }

    /// How many bytes libxml2 holds and has not read yet, because what they begin has not ended.
    var waitingBytes: Int {
        guard let input = context.pointee.input, let end = input.pointee.end, let current = input.pointee.cur else {
            return 0
        }
        return end - current
    }

    /// The table of C functions; none captures anything, each gets the address of the scan.
    private static var saxHandler: xmlSAXHandler {
        var sax = xmlSAXHandler()
        sax.initialized = XML_SAX2_MAGIC
        sax.startElement = { user, name, attributes in
            guard let user, let name else { return }
            user.assumingMemoryBound(to: HTMLTableScan.self).pointee.start(name, attributes)
        }
        sax.endElement = { user, name in
            guard let user, let name else { return }
            user.assumingMemoryBound(to: HTMLTableScan.self).pointee.end(name)
        }
        sax.characters = { user, start, count in
            guard let user else { return }
            user.assumingMemoryBound(to: HTMLTableScan.self).pointee.text(
                UnsafeBufferPointer(start: start, count: Int(count)))
        }
        sax.ignorableWhitespace = sax.characters
        // Scripts and style sheets come as CDATA; without a function they would come as text.
        sax.cdataBlock = { _, _, _ in }
        return sax
    }
}
