/// How large the parts of a document may be; text may be of any size.
package struct XMLLimits: Sendable, Equatable {
    /// The deepest nesting; the root element has depth 1.
    package var depth: Int
    /// The most attributes on one element, namespace declarations not counted.
    package var attributes: Int
    /// The most namespace declarations on one element; 256, because LibreOffice writes about 40 on the root and libxml2
    /// compares each with all before it.
    package var namespaces: Int
    /// The most bytes of one start tag, from `<` to `>` as written; comments and instructions may be about as long.
    package var startTagBytes: Int

    /// Makes limits; the defaults are those of `domain.md`, section 3.6.
    package init(depth: Int = 64, attributes: Int = 64, namespaces: Int = 256, startTagBytes: Int = 65_536) {
        precondition(
            depth > 0 && attributes >= 0 && namespaces >= 0 && startTagBytes >= 4, "XML limits let a root pass")
        self.depth = depth
        self.attributes = attributes
        self.namespaces = namespaces
        self.startTagBytes = startTagBytes
    }
}
