/// How much of a page is held at once; none of it grows with the page.
package struct HTMLLimits: Sendable, Equatable {
    /// The most cells of a row that are kept; further ones are left out.
    package var columns: Int
    /// The most bytes of one cell's text; the rest is left out and the row is told to be cut.
    package var cellBytes: Int
    /// The most bytes of one row's texts; the rest is left out and the row is told to be cut.
    package var rowBytes: Int
    /// The most `data-` attributes of a row that are kept; further ones are left out.
    package var rowAttributes: Int
    /// The deepest nesting of tables in tables.
    package var tableDepth: Int
    /// The most elements that are open at once: a page with more is no page, and libxml2 walks them all at each end tag.
    package var openElements: Int
    /// The most bytes of one tag, text, comment or script, which libxml2 reads only as a whole.
    package var markupBytes: Int

    /// Makes limits; the defaults are far beyond any month page and bound what is held to about 2 MiB.
    package init(
        columns: Int = 64, cellBytes: Int = 16_384, rowBytes: Int = 65_536, rowAttributes: Int = 32,
        tableDepth: Int = 32, openElements: Int = 4_096, markupBytes: Int = 1_048_576
    ) {
        self.columns = columns
        self.cellBytes = cellBytes
        self.rowBytes = rowBytes
        self.rowAttributes = rowAttributes
        self.tableDepth = tableDepth
        self.openElements = openElements
        self.markupBytes = markupBytes
    }
}

/// Why the rest of a page is not read.
package struct HTMLError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was wrong, in words that hold nothing of the page.
    package let description: String

    /// Names a reason.
    package init(_ description: String) { self.description = description }
}
