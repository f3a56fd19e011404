/// What the tables of a page are given to, in the order in which their parts end.
package protocol HTMLTableHandler: AnyObject {
    /// A row has ended.
    ///
    /// - Parameters:
    ///   - row: The row.
    ///   - table: Its table, as its place among the page's tables, from 1.
    /// - Throws: What ends the parse.
    func row(_ row: HTMLTableRow, of table: Int) throws(HTMLError)

    /// A table has ended, by its own end tag or that of something around it.
    ///
    /// It is not called for a table in whose middle the page ends.
    ///
    /// - Parameter table: Its place among the page's tables, from 1.
    /// - Throws: What ends the parse.
    func tableEnded(_ table: Int) throws(HTMLError)

    /// A run of text outside of all cells: what stands between two block elements, its first 1,024 bytes.
    func text(_ utf8: Span<UInt8>)
}
