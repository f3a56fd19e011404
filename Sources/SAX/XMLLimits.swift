/// How large the parts of a document may be; text may be of any size.
package struct XMLLimits: Sendable, Equatable {
    /// The deepest nesting; the root element has depth 1.
    package var depth: Int
    /// The most attributes on one element, namespace declarations not counted.
    package var attributes: Int
    /// The most bytes of one start tag; comments and processing instructions may be about as long.
    package var startTagBytes: Int

    /// Makes limits; the defaults are those of `domain.md`, section 3.6.
    package init(depth: Int = 64, attributes: Int = 64, startTagBytes: Int = 65_536) {
        self.depth = depth
        self.attributes = attributes
        self.startTagBytes = startTagBytes
    }
}
