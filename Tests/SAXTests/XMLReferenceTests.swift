import SAX
import Testing

/// The attribute of the only element of a document.
private func attribute(_ written: String) throws -> String? {
    let found = try events("<a value='\(written)'/>")
    #expect(found.count == 2)
    return found.first.map { String($0.dropFirst("<2 3=".count)) }
}

@Suite struct `References in XML` {
    @Test(arguments: [
        ("&amp;", "&"), ("&#38;", "&"), ("&#x26;", "&"), ("&amp;#38;", "&#38;"), ("&amp;amp;", "&amp;"),
        ("a&amp;b&amp;&amp;c", "a&b&&c"), ("&lt;&gt;&quot;&apos;", "<>\"'"), ("&#38;#60;", "&#60;"),
        ("&#x20AC;&#128578;", "€🙂"), ("x &amp;", "x &"),
    ])
    func `each is resolved once in an attribute and in text`(written: String, meant: String) throws {
        #expect(try attribute(written) == meant)
        #expect(try events("<a>\(written)</a>") == ["<2", meant, ">2"])
    }

    @Test(arguments: ["&#0;", "&#xD800;", "&#xDFFF;", "&#x110000;", "&#xFFFE;", "&#8;", "&nosuch;", "&", "&amp"])
    func `one that means no character is refused, in an attribute and in text`(written: String) {
        #expect(throws: XMLError.self) { try events("<a value='\(written)'/>") }
        #expect(throws: XMLError.self) { try events("<a>\(written)</a>") }
    }

    @Test func `libxml2 is never asked to open entities or to lift its own bounds`() throws {
        let substitutesEntities: Int32 = 1 << 1
        let loadsDTD: Int32 = 1 << 2
        let isHuge: Int32 = 1 << 19
        #expect(LibXML2.documentOptions & (substitutesEntities | loadsDTD | isHuge) == 0)
        // A value of 11 MB is beyond libxml2's own bound of 10 MB, which the option for huge documents lifts.
        let value = String(repeating: "x", count: 11_000_000)
        #expect(throws: XMLError.self) {
            try events("<a value='\(value)'/>", limits: XMLLimits(startTagBytes: 32 << 20))
        }
    }
}

@Suite struct `Tags that are cut` {
    private let document = Array(
        #"<a value=">"><b value='"> > ![CDATA['/><x value="a'>b" w='>'>1 &lt; 2</x><!-- <a "> --><![CDATA[<a '>]]></a>"#
            .utf8)

    @Test func `a greater-than sign in a value does not end its tag, wherever the document is cut`() throws {
        let whole = try events([document])
        #expect(
            whole == [
                "<2 3=>", #"<-1 3="> > ![CDATA["#, ">-1", "<-1 3=a'>b", "1 < 2", ">-1", "<a '>", ">2",
            ])
        for first in 0...document.count {
            for second in stride(from: first, through: document.count, by: 5) {
                let pieces = [document[..<first], document[first..<second], document[second...]].map(Array.init)
                #expect(try events(pieces) == whole, "cut at \(first) and \(second)")
            }
        }
        #expect(try events(document.map { [$0] }) == whole)
    }

    @Test func `a tag across the places where a long document is cut is read whole`() throws {
        // A tag of about 100 bytes with a `>` in it, shifted across a multiple of every internal size.
        for shift in 65_400..<65_560 {
            let text = String(repeating: "t", count: shift)
            let found = try events("<a>\(text)<b value='1>2>3' w='\(String(repeating: ">", count: 70))'/>u</a>")
            #expect(found.suffix(4) == ["<-1 3=1>2>3", ">-1", "u", ">2"], "shift \(shift)")
        }
    }

    @Test func `a less-than sign in CDATA or a comment begins no tag, however long it goes on`() throws {
        let long = String(repeating: "x", count: 90_000)
        #expect(try events("<a><![CDATA[ <b '\(long)]]></a>") == ["<2", " <b '\(long)", ">2"])
        #expect(try events("<a><!-- <b '\(long.prefix(60_000)) --></a>") == ["<2", ">2"])
    }
}
