import ODS
import Testing

/// The limits told of while a document is read.
private func cuts(_ xml: String) throws -> [Collector.Event] {
    try read(xml).events.filter { if case .truncated = $0 { true } else { false } }
}

private func row(_ cells: String) -> String { "<table:table-row>\(cells)</table:table-row>" }

/// Each limit of `domain.md`, section 3.6, as the reader has it by default: at the limit and one beyond.
@Suite struct `Limits by default` {
    @Test func `file size: 10 MiB`() throws {
        let document = Array(Sample.sheet(row(Sample.cell("x"))).utf8)
        let padding = [UInt8](repeating: 0x20, count: 10_485_760 - document.count)
        #expect(try refusal(document + padding) == nil)
        #expect(
            try refusal(document + padding + [0x20]) == .tooLarge(bytes: 10_485_761, limit: 10_485_760))
    }

    @Test func `depth: 64 elements`() throws {
        // Three elements stand around the sheet, which is the fourth.
        func nested(_ depth: Int) -> String {
            Sample.sheet(String(repeating: "<a>", count: depth - 4) + String(repeating: "</a>", count: depth - 4))
        }
        #expect(try refusal(nested(64)) == nil)
        #expect(try refusal(nested(65))?.code == "XML_READ_ERROR")
        #expect(try refusal(Sample.sheet(String(repeating: "<a>", count: 10_000)))?.code == "XML_READ_ERROR")
    }

    @Test func `attributes: 64 on one element`() throws {
        func cell(_ count: Int) -> String {
            let attributes = (0..<count).map { "a\($0)=''" }.joined(separator: " ")
            return Sample.sheet(row("<table:table-cell \(attributes)/>"))
        }
        #expect(try refusal(cell(64)) == nil)
        #expect(try refusal(cell(65))?.code == "XML_READ_ERROR")
    }

    @Test func `start tag: 64 KiB`() throws {
        func cell(_ bytes: Int) -> String {
            let tag = "<table:table-cell a=\"\"/>"
            return Sample.sheet(
                row("<table:table-cell a=\"\(String(repeating: ">", count: bytes - tag.utf8.count))\"/>"))
        }
        #expect(try refusal(cell(65_536)) == nil)
        #expect(try refusal(cell(65_537))?.code == "XML_READ_ERROR")
    }

    @Test func `sheets: 256`() throws {
        func sheets(_ count: Int) -> String {
            Sample.content((1...count).map { "<table:table table:name=\"\($0)\"/>" }.joined())
        }
        #expect(try cuts(sheets(256)) == [])
        #expect(try cuts(sheets(257)) == [.truncated(.sheets, sheet: "257", row: nil, column: nil)])
    }

    @Test func `columns: 1,024 used ones`() throws {
        func last(_ column: Int) -> String {
            let empty = "<table:table-cell table:number-columns-repeated=\"\(column - 1)\"/>"
            return Sample.sheet(
                row(empty + Sample.cell("x") + "<table:table-cell table:number-columns-repeated=\"15000\"/>"))
        }
        #expect(try cuts(last(1_024)) == [])
        #expect(try read(last(1_024)).table == ["1: 1024=x"])
        #expect(try cuts(last(1_025)) == [.truncated(.columns, sheet: "S", row: 1, column: 1_025)])
    }

    @Test func `rows: 1,048,576 used ones`() throws {
        func last(_ number: Int) -> String {
            Sample.sheet("<table:table-row table:number-rows-repeated=\"\(number - 1)\"/>" + row(Sample.cell("x")))
        }
        #expect(try read(last(1_048_576)).table == ["1048576: 1=x"])
        #expect(try cuts(last(1_048_576)) == [])
        #expect(try cuts(last(1_048_577)) == [.truncated(.rows, sheet: "S", row: 1_048_577, column: nil)])
    }

    @Test func `cell text: 64 KiB, inclusive`() throws {
        func shown(_ bytes: Int) -> String { Sample.sheet(row(Sample.cell(String(repeating: "x", count: bytes)))) }
        #expect(try cuts(shown(65_536)) == [])
        #expect(try cuts(shown(65_537)) == [.truncated(.cellText, sheet: "S", row: 1, column: 1)])
    }
}
