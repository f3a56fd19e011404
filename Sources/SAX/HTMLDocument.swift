/// A page as a tree of values.
///
/// The contents of scripts and style sheets and all comments are left out.
package struct HTMLDocument: Sendable, Equatable {
    /// What holds the page's outermost elements; its name is empty.
    package let root: HTMLElement
    /// Whether something was left out because the page went beyond ``HTMLLimits/nodes`` or was too deeply nested to go on.
    package let isTruncated: Bool
    /// Whether bytes were met that are no text in the page's encoding; they are left out or replaced.
    package let hasUndecodableText: Bool

    /// The elements of that lower-case name, in the order of the page.
    package func elements(named name: String) -> [HTMLElement] {
        root.descendants(named: name)
    }
}

/// How large a tree may become.
package struct HTMLLimits: Sendable, Equatable {
    /// The most elements and runs of text; the rest of the page is dropped.
    package var nodes: Int
    /// The deepest nesting kept; deeper elements become siblings at that depth.
    package var depth: Int

    /// Makes limits; the defaults suit pages of up to 5 MiB.
    package init(nodes: Int = 500_000, depth: Int = 256) {
        self.nodes = nodes
        self.depth = depth
    }
}
