/// Where in a document another parser has stopped, so that an ``XMLPushParser`` can read on from there.
package struct XMLHandOver: Sendable {
    /// An element that is open.
    package struct OpenElement: Sendable {
        /// The name as written, prefix included.
        package let name: [UInt8]
        /// The line its start tag begins in, counted from 1.
        package let line: Int

        /// Names an open element.
        package init(name: some Sequence<UInt8>, line: Int) {
            self.name = Array(name)
            self.line = line
        }
    }

    /// The document up to the end of its root's start tag, declarations included; empty at the document's beginning.
    package var head: [UInt8]
    /// The open elements inside the root, the outermost first; they declare no prefixes.
    package var open: [OpenElement]
    /// The root's end tag when it was read, else empty.
    package var rootEnd: [UInt8]
    /// The line the next byte is in.
    package var line: Int

    /// Describes a place.
    package init(head: [UInt8], open: [OpenElement], rootEnd: [UInt8], line: Int) {
        self.head = head
        self.open = open
        self.rootEnd = rootEnd
        self.line = line
    }
}

extension XMLPushParser {
    /// Tells a new parser what another one has read of the document; the next ``feed(_:)`` goes on behind it.
    ///
    /// libxml2 gets the root's start tag and those of the open elements and reports none of them, so that all that follows
    /// comes out as if it had read the document from the beginning, lines in errors included.
    ///
    /// - Parameter place: What was read.
    /// - Throws: ``XMLError`` when libxml2 refuses it, which it does not where the other parser was right.
    package func readOn(from place: XMLHandOver) throws {
        guard !place.head.isEmpty else { return }
        handle.callbacks.pointee.isMuted = true
        defer { handle.callbacks.pointee.isMuted = false }
        try feed(place.head)
        for element in place.open {
            handle.line = element.line
            try feed([UInt8(ascii: "<")] + element.name + [UInt8(ascii: ">")])
        }
        if !place.rootEnd.isEmpty { try feed(place.rootEnd) }
        handle.line = place.line
    }
}
