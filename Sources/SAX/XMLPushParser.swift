import CLibXML2

/// Parses a document that comes in pieces, without building a tree and without touching the network or a file.
///
/// Memory holds one start tag at most, however large the document is. Every document type or entity declaration is
/// refused.
package final class XMLPushParser {
    let handle: ParserContextHandle
    private let handler: any XMLHandler
    private let limits: XMLLimits
    private var refusal: (any Error)?
    private var hasFinished = false
    /// The beginning of a tag whose end has not come.
    private var openTag: [UInt8] = []
    /// The quote that is open at the end of it, 0 for none.
    private var openQuote: UInt8 = 0
    /// How many bytes are given to libxml2 at once: so few that a tag beyond the limit is always cut.
    private let sliceBytes: Int

    private static let maxSliceBytes = 32_768

    /// Makes a parser for one document.
    ///
    /// - Parameters:
    ///   - handler: What the document's parts are given to; kept until the parser goes away.
    ///   - names: The names the handler tells apart.
    ///   - limits: How large the document's parts may be.
    ///   - textParents: The ids of the elements at any depth in which text is reported; nil reports all. White space
    ///     between elements makes up a third of the events of a pretty-printed document.
    /// - Throws: ``XMLError/limit(reason:line:)`` when memory is exhausted.
    package init(
        handler: any XMLHandler, names: XMLNameTable, limits: XMLLimits = XMLLimits(),
        textParents: Set<Int>? = nil
    ) throws(XMLError) {
        precondition(names.names.count <= XMLEvent.maxNames, "a table has at most \(XMLEvent.maxNames) names")
        handle = try ParserContextHandle(limits: limits, names: names, textParents: textParents)
        self.handler = handler
        self.limits = limits
        sliceBytes = min(Self.maxSliceBytes, limits.startTagBytes / 2)
    }

    /// Parses the next piece of the document, which may be cut anywhere.
    ///
    /// - Parameter bytes: The piece; it is not kept.
    /// - Throws: ``XMLError``, or what the handler threw. From then on every call throws the same error.
    package func feed(_ bytes: Span<UInt8>) throws {
        precondition(!hasFinished, "a parser is fed before it is finished")
        if let refusal { throw refusal }
        try bytes.withUnsafeBufferPointer { buffer in
            var position = 0
            while position < buffer.count {
                let count = min(sliceBytes, buffer.count - position)
                try take(UnsafeBufferPointer(rebasing: buffer[position..<position + count]))
                position += count
            }
        }
    }

    /// Parses the next piece of the document, which may be cut anywhere.
    ///
    /// - Parameter bytes: The piece; it is not kept.
    /// - Throws: ``XMLError``, or what the handler threw. From then on every call throws the same error.
    package func feed(_ bytes: [UInt8]) throws {
        try feed(bytes.span)
    }

    /// Says that the document is complete; to be called once, after the last piece.
    ///
    /// - Throws: ``XMLError`` when the document is cut, or what the handler threw.
    package func finish() throws {
        precondition(!hasFinished, "a parser is finished once")
        hasFinished = true
        if let refusal { throw refusal }
        if !openTag.isEmpty {
            try openTag.withUnsafeBufferPointer { try parse($0, isLast: false) }
        }
        try parse(UnsafeBufferPointer(start: nil, count: 0), isLast: true)
    }

    /// Parses one slice, behind the tag that the one before has cut, but for the tag that it cuts itself.
    private func take(_ slice: UnsafeBufferPointer<UInt8>) throws {
        guard !openTag.isEmpty else { return try parseToOpenTag(slice) }
        let end = OpenTagScanner.tagEnd(in: slice, from: 0, quote: &openQuote)
        openTag.append(contentsOf: UnsafeBufferPointer(rebasing: slice[..<(end ?? slice.count)]))
        guard openTag.count <= limits.startTagBytes else {
            let error = XMLError.limit(
                reason: "a start tag is longer than \(limits.startTagBytes) bytes", line: handle.line)
            refusal = error
            throw error
        }
        guard let end else { return }
        let whole = openTag
        openTag = []
        try whole.withUnsafeBufferPointer { try parse($0, isLast: false) }
        if end < slice.count { try parseToOpenTag(UnsafeBufferPointer(rebasing: slice[end...])) }
    }

    /// Parses the bytes up to the tag that they cut, and keeps that.
    private func parseToOpenTag(_ bytes: UnsafeBufferPointer<UInt8>) throws {
        let end = OpenTagScanner.openTag(in: bytes) ?? bytes.count
        try parse(UnsafeBufferPointer(rebasing: bytes[..<end]), isLast: false)
        guard end < bytes.count else { return }
        let tag = UnsafeBufferPointer(rebasing: bytes[end...])
        guard !handle.isInsideMarkup else { return try parse(tag, isLast: false) }
        openQuote = 0
        _ = OpenTagScanner.tagEnd(in: tag, from: 0, quote: &openQuote)
        openTag.append(contentsOf: tag)
    }

    private func parse(_ slice: UnsafeBufferPointer<UInt8>, isLast: Bool) throws {
        slice.withMemoryRebound(to: CChar.self) { characters in
            _ = xmlParseChunk(handle.context, characters.baseAddress, Int32(characters.count), isLast ? 1 : 0)
        }
        do {
            // All of it stands before whatever libxml2 refuses.
            try handle.callbacks.pointee.handOut(to: handler)
            if let failure = handle.callbacks.pointee.failure ?? ownFailure() { throw failure }
        } catch {
            refusal = error
            throw error
        }
    }

    private func ownFailure() -> XMLError? {
        guard !handle.hasFailed else { return handle.failure }
        guard handle.waitingBytes <= limits.startTagBytes + sliceBytes else {
            return .limit(
                reason: "a comment or instruction is longer than \(limits.startTagBytes) bytes", line: handle.line)
        }
        return nil
    }
}
