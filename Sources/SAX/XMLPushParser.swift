import CLibXML2

/// Parses a document that comes in pieces, without building a tree and without touching the network or a file.
///
/// Memory holds one start tag at most, however large the document is. Every document type or entity declaration is
/// refused.
package final class XMLPushParser {
    let callbacks: ParserCallbacks
    let handle: ParserContextHandle
    private let limits: XMLLimits
    private var refusal: (any Error)?
    private var hasFinished = false

    /// How many bytes are given to libxml2 at once, so that what it may hold back stays bounded.
    private static let sliceBytes = 32_768

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
        handle = try ParserContextHandle()
        callbacks = ParserCallbacks(
            handler: handler, limits: limits, names: names, textParents: textParents, context: handle.context)
        handle.setReceiver(callbacks)
        self.limits = limits
    }

    /// Parses the next piece of the document, which may be cut anywhere.
    ///
    /// - Parameter bytes: The piece; it is not kept.
    /// - Throws: ``XMLError``, or what the handler threw. From then on every call throws the same error.
    package func feed(_ bytes: Span<UInt8>) throws {
        precondition(!hasFinished, "a parser is fed before it is finished")
        try bytes.withUnsafeBufferPointer { buffer in
            var position = 0
            while position < buffer.count {
                let count = min(Self.sliceBytes, buffer.count - position)
                try parse(UnsafeBufferPointer(rebasing: buffer[position..<position + count]), isLast: false)
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
        try parse(UnsafeBufferPointer(start: nil, count: 0), isLast: true)
    }

    private func parse(_ slice: UnsafeBufferPointer<UInt8>, isLast: Bool) throws {
        if let refusal { throw refusal }
        slice.withMemoryRebound(to: CChar.self) { characters in
            _ = xmlParseChunk(handle.context, characters.baseAddress, Int32(characters.count), isLast ? 1 : 0)
        }
        refusal = callbacks.failure ?? ownFailure()
        if let refusal { throw refusal }
    }

    private func ownFailure() -> XMLError? {
        guard handle.context.pointee.wellFormed == 1 else { return handle.failure }
        guard handle.waitingBytes <= limits.startTagBytes + Self.sliceBytes else {
            return .limit(
                reason: "a tag, comment or instruction is longer than \(limits.startTagBytes) bytes", line: handle.line)
        }
        return nil
    }
}
