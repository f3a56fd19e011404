import SAX
import Testing

/// Parses a page given as text.
private func page(_ text: String, limits: HTMLLimits = HTMLLimits()) -> HTMLDocument {
    HTMLTree.parse(Array(text.utf8), limits: limits)
}

@Suite struct `HTML trees` {
    @Test func `a table is found with its rows, cells and attributes`() throws {
        let document = page(
            """
            <html><body><TABLE><thead><tr><th>Date</th></tr></thead><tbody>
            <TR data-Date="2026-03-02" hidden><td>MidC<td>Quill, Ada<br>Two</tr>
            </tbody></table></body></html>
            """)
        let rows = document.elements(named: "tr")
        #expect(rows.count == 2)
        let row = try #require(rows.last)
        #expect(row.attribute("data-date") == "2026-03-02" && row.attribute("hidden") == "")
        #expect(row.attribute("class") == nil)
        #expect(row.childElements.map(\.name) == ["td", "td"])
        #expect(row.childElements.map(\.text) == ["MidC", "Quill, Ada\nTwo"])
        #expect(!document.isTruncated && !document.hasUndecodableText)
    }

    @Test func `entities are resolved and scripts left out`() {
        let document = page("<p title='&quot;&eacute;'>a&nbsp;b &amp; &#8364;<script>var x = '<p>'</script></p>")
        #expect(document.root.text.contains("a\u{A0}b & €") && !document.root.text.contains("var"))
        #expect(document.elements(named: "p").first?.attribute("title") == "\"é")
    }

    @Test func `an inner table's rows are not children of the outer one`() throws {
        let document = page("<table><tr><td><table><tr><td>in</td></tr></table></td></tr></table>")
        let outer = try #require(document.elements(named: "table").first)
        let direct = outer.childElements.flatMap { $0.name == "tbody" ? $0.childElements : [$0] }
        #expect(direct.count == 1 && outer.descendants(named: "tr").count == 2)
    }

    @Test func `the encoding is the one named, else UTF-8, else the page's own, else Latin-1`() {
        let latin: [UInt8] = Array("<p>caf".utf8) + [0xE9]
        #expect(HTMLTree.parse(latin, encoding: "iso-8859-1").root.text == "café")
        #expect(HTMLTree.parse(latin).root.text == "café")
        #expect(HTMLTree.parse(latin, encoding: "no-such-encoding").root.text == "café")
        #expect(page("<p>café €").root.text == "café €")
        let meta = Array("<html><head><meta charset='windows-1251'></head><p>".utf8) + [0xE9]
        #expect(HTMLTree.parse(meta).root.text == "й")
    }

    @Test func `bytes that do not fit the named encoding are told of`() {
        let document = HTMLTree.parse(
            Array("<p>caf".utf8) + [0xE9, 0x20, 0x41] + Array("</p>".utf8), encoding: "utf-8")
        #expect(document.hasUndecodableText)
    }

    @Test func `nesting beyond the limit is flattened and loses nothing`() {
        let document = page(String(repeating: "<div>", count: 1_000) + "deep", limits: HTMLLimits(depth: 10))
        #expect(document.root.text == "deep" && document.elements(named: "div").count == 1_000)
    }

    @Test func `a page of endless open elements is cut`() {
        let document = page(String(repeating: "<b><i>", count: 50_000) + "deep")
        #expect(document.isTruncated)
    }

    @Test func `a page with too many nodes is cut`() {
        let document = page(String(repeating: "<p>x</p>", count: 1_000), limits: HTMLLimits(nodes: 100))
        #expect(document.isTruncated && document.elements(named: "p").count <= 100)
    }

    @Test func `a second html or body tag is no harm`() {
        #expect(page("<html a=1><body b=1><p>x<html c=1 d=2><body e=1>y</body></html>z").root.text == "xyz")
    }

    @Test func `rubbish never crashes`() {
        var generator = SystemRandomNumberGenerator()
        let tokens = [
            "<", ">", "</", "<table", "<td>", "&", "&#x", ";", "\"", "'", "=", "<!--", "-->", "<!", "\0", "é", "<html ",
            "<script>",
        ]
        #expect(HTMLTree.parse([]).root.children.isEmpty)
        for _ in 0..<300 {
            let text = (0..<60).map { _ in tokens.randomElement(using: &generator) ?? "" }.joined()
            let cut = Array(text.utf8).prefix(Int.random(in: 0...200, using: &generator))
            _ = HTMLTree.parse(Array(cut), encoding: ["utf-8", "iso-8859-1", "utf-16", nil].randomElement() ?? nil)
            let bytes = (0..<100).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = HTMLTree.parse(bytes)
        }
    }
}
