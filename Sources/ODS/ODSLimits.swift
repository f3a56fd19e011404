/// What a reader cuts off, as told to ``ODSHandler/limitTruncated(_:sheet:row:column:)``.
package enum ODSLimit: String, Sendable, Equatable {
    /// Used rows beyond ``ODSLimits/rows``.
    case rows
    /// Used columns beyond ``ODSLimits/columns``.
    case columns
    /// Sheets beyond ``ODSLimits/sheets``.
    case sheets
    /// A cell's text beyond ``ODSLimits/cellTextBytes``.
    case cellText
}

/// How large a workbook may be (`domain.md`, section 3.6).
package struct ODSLimits: Sendable {
    /// The largest file, inclusive: 10 MiB; of a larger one nothing is read.
    package var fileBytes = 10_485_760
    /// The most bytes `content.xml` may inflate to, inclusive: 1 GiB.
    package var inflatedBytes = 1 << 30
    /// The most bytes out of the archive for each byte in.
    package var inflateRatio = 500
    /// How many bytes may come out before the ratio is looked at: 16 MiB.
    package var ratioFreeBytes = 16 << 20
    /// The last row that is read, counted from 1.
    package var rows = 1_048_576
    /// The last column that is read, counted from 1.
    package var columns = 1_024
    /// The most sheets that are read.
    package var sheets = 256
    /// The most bytes of UTF-8 in one cell.
    package var cellTextBytes = 65_536
    /// The deepest nesting of elements.
    package var elementDepth = 64
    /// The most attributes of one element.
    package var attributes = 64
    /// The most bytes of one start tag.
    package var startTagBytes = 65_536
    /// The most processor time one read may take, the handler's part included: 30 s.
    package var cpuTime: Duration = .seconds(30)

    /// Makes the limits of the specification; change single ones afterwards.
    package init() {}
}
