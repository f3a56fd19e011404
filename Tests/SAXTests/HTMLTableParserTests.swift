import SAX
import Testing

/// Writes down the rows, tables and texts of a page.
private final class TableRecorder: HTMLTableHandler {
    var events: [String] = []
    var isCut = false
    private let lastRow: Int

    init(lastRow: Int = .max) { self.lastRow = lastRow }

    func row(_ row: HTMLTableRow, of table: Int) throws(HTMLError) {
        if row.number > lastRow { throw HTMLError("enough") }
        let cells = row.cells.indices.map { column -> String in
            let cell = row.cells[column]
            let span = cell.columnSpan * cell.rowSpan == 1 ? "" : "(\(cell.columnSpan)x\(cell.rowSpan))"
            return (cell.isHeader ? "#" : "") + String(decoding: row.text(at: column), as: UTF8.self) + span
        }
        let attributes = row.attributes.map { "\($0.name)=\(String(decoding: $0.value, as: UTF8.self)) " }.joined()
        events.append("\(table).\(row.number) \(attributes)\(cells)\(row.isCut ? " cut" : "")")
    }

    func tableEnded(_ table: Int) throws(HTMLError) { events.append("end \(table)") }

    func text(_ utf8: Span<UInt8>) {
        var bytes: [UInt8] = []
        bytes.append(utf8)
        let text = String(decoding: bytes, as: UTF8.self).trimmed
        if !text.isEmpty { events.append(text) }
    }
}

extension String {
    fileprivate var trimmed: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}

private func read(
    _ page: String, pieceBytes: Int = .max, limits: HTMLLimits = HTMLLimits(),
    usesLibXML2Only: Bool = false
) throws -> TableRecorder {
    let recorder = TableRecorder()
    let parser = try HTMLTableParser(
        handler: recorder, limits: limits, usesLibXML2Only: usesLibXML2Only)
    let bytes = Array(page.utf8)
    var start = 0
    while start < bytes.count {
        let end = start + min(pieceBytes, bytes.count - start)
        try parser.feed(Array(bytes[start..<end]))
        start = end
    }
    recorder.isCut = try parser.finish()
    return recorder
}

@Suite struct HTMLTableParserTests {
    @Test func `a page's rows come with their cells, spans and data attributes`() throws {
        let page = """
            <html><body><TABLE><thead><tr><th colspan=2>Date</th></tr></thead><tbody>
            <TR data-Date="2026-03-02" class=x hidden><td rowspan=" 3 ">MidC<td>Quill,
            Ada<br>Two</tr></tbody></table>after</body></html>
            """
        let recorder = try read(page)
        #expect(
            recorder.events == [
                "1.1 [\"#Date(2x1)\"]", "1.2 data-date=2026-03-02 [\"MidC(1x3)\", \"Quill, Ada\\nTwo\"]", "end 1",
                "after",
            ])
        #expect(!recorder.isCut)
    }

    @Test func `a nested table's rows are its own and its text is no text of the outer cell`() throws {
        let page = "<table><tr><td>a<table><tr><td>in</td></tr></table>b</td><td>c</td></tr></table>"
        #expect(try read(page).events == ["2.1 [\"in\"]", "end 2", "1.1 [\"ab\", \"c\"]", "end 1"])
    }

    @Test func `entities are resolved, scripts, styles and comments left out`() throws {
        let page = """
            <style>td { color: red }</style><script>var x = '<td>'</script><table><tr title='&quot;'>
            <td>a&nbsp;b &amp; &#8364; &lt;i&gt;<!-- <td> --><script>y</script></td></tr></table>
            """
        #expect(try read(page).events == ["1.1 [\"a\u{A0}b & € <i>\"]", "end 1"])
    }

    @Test func `a page that ends inside a table is cut, one whose body ends is not`() throws {
        #expect(try read("<body><table><tr><td>a</td></tr></table").isCut)
        #expect(try read("<body><table><tr><td>a").isCut)
        let closedByBody = try read("<body><table><tr><td>a</body></html>")
        #expect(!closedByBody.isCut && closedByBody.events == ["1.1 [\"a\"]", "end 1"])
        #expect(try !read("<body><p>a").isCut)
    }

    @Test func `what the page says of its encoding is not heeded, the bytes are UTF-8`() throws {
        let page = "<meta charset=iso-8859-1><table><tr><td>café €</td></tr></table>"
        #expect(try read(page).events == ["1.1 [\"café €\"]", "end 1"])
    }

    @Test func `a zero byte is white space`() throws {
        #expect(try read("<table><tr><td>a\0b</td></tr></table>").events == ["1.1 [\"a b\"]", "end 1"])
    }

    @Test func `every way to cut a page gives the same`() throws {
        let page = """
            <!DOCTYPE html><html><head><title>t</title></head><body>as &amp; of<table class='a>b'><tr><th>D&eacute;</th>
            <tr data-x="1&gt;2"><td>é€<br/>x<td colspan=2>y<!-- - -->z</table><p>end
            """
        let whole = try read(page).events
        for pieceBytes in 1...page.utf8.count {
            #expect(try read(page, pieceBytes: pieceBytes).events == whole)
        }
    }

    /// Long enough for libxml2 to get it in several portions, each moved by some bytes against the page.
    @Test func `where the portions of a long page end changes nothing`() throws {
        let rows = (0..<400).map { "<tr><td>r\($0)&amp;é</td><td data-a='<>'>x<!-- > ' -->a < b<b>y</b></td></tr>\n" }
            .joined()
        let expected = try read("<table>\(rows)</table>").events
        #expect(expected.count == 401)
        for shift in 1..<90 {
            let page = String(repeating: " ", count: shift) + "<table>\(rows)</table>"
            #expect(try read(page).events == expected)
        }
    }

    @Test(arguments: [
        "<tr><td>a</td><td>é&gt;</td></tr>", "<tr><td>a</td><td></td></tr>\n <tr> <td>é > b</td> </tr>",
        "<tr><td>a<td>b</td></tr>", "<tr><td>a\u{1}b</td><td>\u{FFFE}</td></tr>", "<TR><TD>a</TD></TR>",
        "<tr><td>a</td>x<td>b</td></tr>", "<tr><td>a</td></tr></table><tr><td>b</td></tr>",
        "<tr><td>a\n</td><td> </td></tr>x<tr><td>b</td></tr>", "<tr></tr><tr><td>a</td><th>b</th></tr>",
        "<tr><td>a</td></tr><form><tr><td>b</td></tr></form><tr><td>c</td></tr>", "<tr><td>a</td></tr",
    ])
    func `regular rows are read as libxml2 reads them, wherever they stand`(rows: String) throws {
        for page in [
            "<table>\(rows)</table>", "<table><tbody>\(rows)</tbody></table>",
            "<table><tr><td>\(rows)</td></tr></table>",
            "<table><tr><td><table>\(rows)</table></td></tr>\(rows)</table>", "<p>\(rows)",
            "<table><caption>\(rows)</table>",
            "<table><select>\(rows)</table>", "<table><tr>\(rows)</tr></table>", "<table><!-- \(rows) --></table>",
            "<table><script>\(rows)</script></table>", "<table>\(rows)",
        ] {
            let fast = try read(page)
            let slow = try read(page, usesLibXML2Only: true)
            #expect(fast.events == slow.events && fast.isCut == slow.isCut)
        }
    }

    @Test func `cells, texts and attributes beyond the limits are left out, and the row says so where text is missing`()
        throws
    {
        let limits = HTMLLimits(columns: 2, cellBytes: 4, rowBytes: 6, rowAttributes: 1)
        let page = """
            <table><tr data-a=1 data-b=2><td>a</td><td>b</td><td>c</td></tr><tr><td>12345</td></tr>
            <tr><td>1234</td><td>567</td></tr></table>
            """
        #expect(
            try read(page, limits: limits).events == [
                "1.1 data-a=1 [\"a\", \"b\"]", "1.2 [\"\"] cut", "1.3 [\"1234\", \"\"] cut", "end 1",
            ])
    }

    @Test(arguments: [
        (String(repeating: "<table><tr><td>", count: 40), "nested"),
        (String(repeating: "<b><i>", count: 5_000), "open"),
        ("<!--" + String(repeating: "x", count: 70_000), "longer"),
        ("<table><tr><td>" + String(repeating: "x", count: 70_000), "longer"),
    ])
    func `a page beyond the limits on nesting and markup is refused`(page: String, word: String) {
        let error = #expect(throws: HTMLError.self) { try read(page, limits: HTMLLimits(markupBytes: 65_536)) }
        #expect(error?.description.contains(word) == true)
    }

    @Test func `an error of the handler ends the page and stays`() throws {
        let parser = try HTMLTableParser(handler: TableRecorder(lastRow: 99))
        let rows = Array(("<table>" + String(repeating: "<tr><td>x</td></tr>", count: 2_000)).utf8)
        #expect(throws: HTMLError("enough")) { try parser.feed(rows) }
        #expect(throws: HTMLError("enough")) { try parser.feed(rows) }
        #expect(throws: HTMLError("enough")) { _ = try parser.finish() }
    }

    @Test func `rubbish never crashes`() {
        var generator = SystemRandomNumberGenerator()
        let tokens = [
            "<", ">", "</", "<table", "<td>", "<tr>", "</table>", "&", "&#x", ";", "\"", "'", "=", "<!--", "-->", "<!",
            "\0", "é", "<html ", "<script>", "<form>", "<select>", "</td>",
        ]
        for _ in 0..<300 {
            let text = (0..<80).map { _ in tokens.randomElement(using: &generator) ?? "" }.joined()
            _ = try? read(text, pieceBytes: Int.random(in: 1...50, using: &generator))
        }
    }
}

@Suite struct CharacterTableTests {
    @Test func `a table says how the upper half of an encoding reads`() throws {
        let table = try #require(CharacterTable(iconvName: "CP1252"))
        #expect(table[0x80] == Array("€".utf8) && table[0xE9] == Array("é".utf8))
        #expect(table[0x81].isEmpty)
        #expect(CharacterTable(iconvName: "NO-SUCH-ENCODING") == nil)
    }
}
