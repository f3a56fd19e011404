import Foundation
import Testing
import Zip

@testable import ODS

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// The `content.xml` of a workbook in the tree.
private func content(of path: String) throws -> [UInt8] {
    let archive = try ZipArchive(bytes: Array(try Data(contentsOf: root.appending(path: path))))
    var content: [UInt8] = []
    let entry = try #require(archive.entry(named: "content.xml"))
    try archive.inflate(entry) { piece, _ in content.append(contentsOf: piece.indices.map { piece[$0] }) }
    return content
}

/// Every workbook among the fixtures and the samples, but for those that are about the limits of inflation.
private func workbooks() -> [String] {
    ["Tests/Fixtures/ods", "ops/samples"].flatMap { folder in
        let files = FileManager.default.enumerator(atPath: root.appending(path: folder).path())
        return (files?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".ods") && !$0.hasPrefix("ratio-") }
            .map { "\(folder)/\($0)" }
    }.sorted()
}

/// A document with all that rows are made of, small enough to be damaged thousands of times.
private let small = Array(
    Sample.sheet(
        """
        <table:table-column table:number-columns-repeated="4"/><table:table-header-rows><table:table-row table:style-name="ro1">\
        \(Sample.cell("head"))\(Sample.cell("R &amp; D"))</table:table-row></table:table-header-rows>
         <table:table-row table:style-name="ro1"><table:table-cell office:value-type="float" office:value="7.5"><text:p>7,5\
        </text:p></table:table-cell><table:table-cell/><table:covered-table-cell/><table:table-cell office:value-type="date" \
        office:date-value="2026-03-02"><text:p>2 March</text:p></table:table-cell></table:table-row>
         <table:table-row table:style-name="ro1" table:number-rows-repeated="2"><table:table-cell office:value-type="float" \
        office:value="12"><office:annotation><text:p>note</text:p></office:annotation><text:p>12</text:p></table:table-cell>\
        <table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>yes</text:p></table:table-cell>\
        <table:table-cell office:value-type="string" office:string-value="a&quot;b"><text:p>é <text:s text:c="2"/>x</text:p>\
        <text:p>2<text:tab/></text:p></table:table-cell></table:table-row>
         <table:table-row><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
        """
    ).utf8)

@Suite struct `Parser paths` {
    @Test func `both paths tell the same of every workbook in the tree, and the scanner reads them to their ends`()
        throws
    {
        let files = workbooks()
        #expect(files.count >= 3)
        for file in files {
            let document = try content(of: file)
            let outcome = ParserPaths.outcome(document, .fastest)
            #expect(outcome == ParserPaths.outcome(document, .libxml2), "\(file)")
            let regular = try ParserPaths.regularBytes(document)
            #expect(outcome.error == nil && regular == document.count, "\(file)")
        }
    }

    @Test func `both paths tell the same wherever the document is cut`() {
        let whole = ParserPaths.outcome(small, .libxml2)
        #expect(whole.error == nil && whole.events.count == 6)
        for cut in 0...small.count {
            #expect(ParserPaths.outcome(small, .fastest, cuts: [cut]) == whole, "cut at \(cut)")
        }
        #expect(ParserPaths.outcome(small, .fastest, cuts: Array(0..<small.count)) == whole)
    }

    @Test func `both paths tell the same and fail the same wherever the document ends`() {
        for length in 0..<small.count {
            let document = Array(small.prefix(length))
            let outcome = ParserPaths.outcome(document, .fastest)
            guard outcome == ParserPaths.outcome(document, .libxml2), outcome.error != nil else {
                Issue.record("the document that ends at \(length)")
                return
            }
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `both paths tell the same and fail the same whatever is damaged`(seed: UInt64) throws {
        var mutator = Mutator(seed: seed)
        let documents = [small, Array(Sample.sheet(String(repeating: rich, count: 3)).utf8)]
        var refused = 0
        for turn in 0..<600 {
            let document = mutator.mutate(documents[turn % documents.count])
            let cuts = mutator.cuts(document)
            let outcome = ParserPaths.outcome(document, .fastest, cuts: cuts)
            let expected = ParserPaths.outcome(document, .libxml2, cuts: cuts)
            if outcome != expected {
                Issue.record("seed \(seed), turn \(turn), cuts \(cuts): \(String(decoding: document, as: UTF8.self))")
                #expect(outcome == expected)
                return
            }
            if outcome.error != nil { refused += 1 }
        }
        #expect((100..<580).contains(refused), "of both kinds there are enough")
    }

    private let rich = """
        <table:table-row><table:table-cell office:value-type='string' a:b="c>d"><text:p>x</text:p></table:table-cell></table:table-row>
        <!-- what follows is libxml2's --><table:table-row><table:table-cell><text:p><![CDATA[<y>]]></text:p></table:table-cell>\
        </table:table-row>
        """
}

@Suite struct `Regular XML` {
    /// The text that stands in front of what the scanner leaves to libxml2; nil when it leaves nothing.
    private func readBefore(_ document: String) throws -> String? {
        let bytes = Array(document.utf8)
        let consumed = try ParserPaths.regularBytes(bytes)
        return consumed == bytes.count ? nil : String(decoding: bytes[..<consumed], as: UTF8.self)
    }

    private let row = "<table:table-row>\(Sample.cell("x"))</table:table-row>"

    @Test(arguments: [
        "<!-- c -->", "<?pi x?>", "<!DOCTYPE x>", "<![CDATA[x]]>", "<p/>", "<other:p/>",
        "<text:p a:b='1'/>",
        "<text:p xmlns:z='urn:z'/>", "<text:p xmlns='urn:z'/>", "<text:p text:c='>'/>", "<text:p text:c='<'/>",
        "<text:p text:c = '1'/>", "<text:p text:c='1' text:c='1'/>", "<text:p text:c='1'text:d='1'/>",
        "<text:p text:c='a\tb'/>",
        "<text:p text:c='&nbsp;'/>", "<text:p text:c='&#0;'/>", "<é:p/>", "<text:é/>", "<1:p/>", "<text:/>", "<a:b:c/>",
    ])
    func `the scanner stops in front of what is not regular`(irregular: String) throws {
        let before = Sample.sheet(row).components(separatedBy: "</table:table>")[0]
        #expect(try readBefore(before + irregular + "</table:table>") == before)
    }

    @Test(arguments: ["&nbsp;x", "x&#0;", "&#xFFFE;", "&#xD800;", "&amp x", "\u{1}", "x\r\n", "]]>", ">", "\u{FFFF}"])
    func `the scanner stops in front of text that is not regular`(text: String) throws {
        let before = Sample.sheet(row).components(separatedBy: "</table:table>")[0] + "<text:p>"
        #expect(try readBefore(before + text + "</text:p></table:table>") == before)
    }

    @Test(arguments: [
        "\u{FEFF}<a:b xmlns:a='urn:a'/>", " <a:b xmlns:a='urn:a'></a:b>",
        "<?xml version=\"1.1\"?><a:b xmlns:a='u'></a:b>",
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a:b xmlns:a='u'></a:b>", "<b></b>", "<a:b></a:b>",
        "<!--c--><a:b xmlns:a='u'></a:b>",
        "<a:b xmlns:a='u' xmlns:c='u'></a:b>", "<a:b xmlns:a='u' xmlns='v'></a:b>", "<xml:b></xml:b>",
        "<a:b xmlns:a=''></a:b>",
    ])
    func `the scanner takes nothing of a document whose beginning is not regular`(document: String) throws {
        #expect(try readBefore(document) == "")
    }

    @Test(arguments: [
        "<text:p text:c='é\"' text:d=\"'&amp;&#65;\"/>", "<text:p\n text:c='1'\n/>", "<text:p ></text:p>",
        "<text:p>é€🙂 &lt;&#x41;&#9;</text:p>",
        "<text:p>\"'\t\n</text:p>", "<table:x-y.z_1/>",
    ])
    func `the scanner reads what is regular`(regular: String) throws {
        #expect(try readBefore(Sample.sheet(row + regular)) == nil)
    }

    @Test func `any prefix that the root declares will do`() throws {
        let renamed = Sample.content("<t:table t:name=\"S\"/>", office: "o", table: "t", text: "x")
        #expect(try readBefore(renamed) == nil)
    }

    @Test func `elements, attributes and tags are read to the limits and no further`() throws {
        var limits = ODSLimits()
        limits.elementDepth = 4
        limits.attributes = 3
        limits.startTagBytes = 400
        func isRegular(_ inner: String) throws -> Bool {
            let bytes = Array(Sample.content(inner).utf8)
            return try ParserPaths.regularBytes(bytes, limits: limits) == bytes.count
        }
        #expect(try isRegular("<text:p></text:p>") && !isRegular("<text:p><text:s/></text:p>"))
        #expect(try isRegular("<text:p text:a='' text:b='' text:d=''/>"))
        #expect(try !isRegular("<text:p text:a='' text:b='' text:d='' text:e=''/>"))
        func tag(_ count: Int) -> String { "<text:p text:a='\(String(repeating: "x", count: count - 19))'/>" }
        #expect(tag(400).utf8.count == 400)
        #expect(try isRegular(tag(400)) && !isRegular(tag(401)))
    }

    @Test func `rows come once and in order when libxml2 reads on in the middle of a row`() throws {
        let irregular = "<table:table-row>\(Sample.cell("a"))<!-- -->\(Sample.cell("b"))</table:table-row>"
        let found = try read(Sample.sheet(row + irregular + row))
        #expect(found.table == ["1: 1=x", "2: 1=a 2=b", "3: 1=x"])
    }

    @Test func `an error behind the change to libxml2 names the line of the document`() throws {
        let document = Sample.sheet("\n\n\(row)\n<!-- -->\n<table:table-row></table:table-cell>")
        let outcome = ParserPaths.outcome(Array(document.utf8), .fastest)
        #expect(outcome == ParserPaths.outcome(Array(document.utf8), .libxml2))
        #expect(outcome.error?.contains("near line 5") == true, "\(outcome.error ?? "")")
    }

    @Test func `a text larger than the buffer is read`() throws {
        let long = String(repeating: "word ", count: 60_000)
        let found = try read(
            Sample.archive(Sample.sheet("<table:table-row>\(Sample.cell(long))</table:table-row>\(row)")))
        #expect(found.rows.count == 2 && found.rows[0].cells[0].text.utf8.count == 65_536)
    }
}

@Suite struct `Short decimals` {
    @Test func `a short decimal is the number that the library reads`() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            let digits = String(Int64.random(in: 0...999_999_999_999_999, using: &generator)).suffix(
                Int.random(in: 1...15, using: &generator))
            var text = String(digits)
            if digits.count > 1, Bool.random(using: &generator) {
                text.insert(
                    ".", at: text.index(text.startIndex, offsetBy: Int.random(in: 1..<digits.count, using: &generator)))
            }
            if Bool.random(using: &generator) { text = "-" + text }
            #expect(ShortDecimal.value(Array(text.utf8).span)?.bitPattern == Double(text)?.bitPattern, "\(text)")
        }
    }

    @Test(arguments: ["", "-", ".", "1.", ".5", "-.5", "1e5", "+1", "1.2.3", "nan", "1234567890123456", " 1", "1 "])
    func `any other form is left to the library`(text: String) {
        #expect(ShortDecimal.value(Array(text.utf8).span) == nil)
    }
}
