import ODS
import Testing

private let cell = Sample.cell("x")

@Suite struct `Rows and columns` {
    @Test func `empty cells and covered cells keep their column`() throws {
        let found = try read(
            Sample.sheet(
                """
                <table:table-row><table:table-cell/>\(cell)<table:covered-table-cell table:number-columns-repeated="2"/>\
                <table:table-cell table:number-columns-repeated="3"/><table:covered-table-cell><text:p>hid</text:p>\
                </table:covered-table-cell>\(cell)<table:table-cell table:number-columns-repeated="16360"/></table:table-row>
                """))
        #expect(found.table == ["1: 2=x 9=x"])
    }

    @Test func `a filled cell with repeats comes once a column`() throws {
        let repeated = Sample.cell("y", "table:number-columns-repeated=\"3\"")
        #expect(
            try read(Sample.sheet("<table:table-row>\(repeated)\(cell)</table:table-row>")).table == [
                "1: 1=y 2=y 3=y 4=x"
            ])
    }

    @Test func `a filled row with repeats comes once a repeat and empty rows only count`() throws {
        let found = try read(
            Sample.sheet(
                """
                <table:table-row table:number-rows-repeated="5"><table:table-cell table:number-columns-repeated="1024"/>\
                </table:table-row><table:table-row table:number-rows-repeated="2">\(cell)</table:table-row>\
                <table:table-row/><table:table-row>\(cell)</table:table-row>
                """))
        #expect(found.table == ["6: 1=x", "7: 1=x", "9: 1=x"])
    }

    @Test func `a tail of a million empty rows costs nothing and hides no row`() throws {
        let found = try read(
            Sample.sheet(
                """
                <table:table-row>\(cell)</table:table-row><table:table-row table:number-rows-repeated="978">\
                <table:table-cell table:number-columns-repeated="16384"/></table:table-row>\
                <table:table-row table:number-rows-repeated="1047573"><table:table-cell \
                table:number-columns-repeated="16384"/></table:table-row><table:table-row><table:table-cell \
                table:number-columns-repeated="16384"/></table:table-row>
                """))
        #expect(
            found.events == [
                .sheet("S", 0), .row(ODSRow(number: 1, cells: [ODSCell(column: 1, value: .text("x"))])), .end,
            ])
    }

    @Test func `the last row of the largest sheet is read and the one after it cut`() throws {
        let found = try read(
            Sample.sheet(
                """
                <table:table-row table:number-rows-repeated="1048575"/><table:table-row>\(cell)</table:table-row>\
                <table:table-row>\(cell)</table:table-row><table:table-row>\(cell)</table:table-row>
                """))
        #expect(found.rows.map(\.number) == [1_048_576])
        let cuts = found.events.filter { $0 != .end }.dropFirst(2)
        #expect(Array(cuts) == [.truncated(.rows, sheet: "S", row: 1_048_577, column: nil)])
        #expect(try rowsCut(last: 2, rows: 2) == [])
        #expect(try rowsCut(last: 2, rows: 4) == [.truncated(.rows, sheet: "S", row: 3, column: nil)])
    }

    /// The cuts told of when a sheet has that many rows and a limit is set.
    private func rowsCut(last: Int, rows: Int) throws -> [Collector.Event] {
        var limits = ODSLimits()
        limits.rows = last
        let found = try read(
            Sample.sheet("<table:table-row table:number-rows-repeated=\"\(rows)\">\(cell)</table:table-row>"),
            limits: limits)
        #expect(found.rows.count == min(rows, last))
        return found.events.filter { if case .truncated = $0 { true } else { false } }
    }

    @Test func `a filled row repeated a million times is delivered to the limit in flat memory`() throws {
        var collector = Collector()
        collector.countsOnly = true
        let xml = Sample.sheet("<table:table-row table:number-rows-repeated=\"2000000\">\(cell)</table:table-row>")
        try ODSReader().read(Array(xml.utf8), handler: &collector)
        #expect(collector.rowCount == 1_048_576 && collector.lastRow == 1_048_576)
    }

    @Test func `columns beyond the limit are cut and told of once a sheet`() throws {
        let wide = Sample.cell("y", "table:number-columns-repeated=\"5000\"")
        let found = try read(
            Sample.sheet("<table:table-row>\(wide)</table:table-row><table:table-row>\(wide)</table:table-row>"))
        #expect(found.rows.map(\.cells.count) == [1_024, 1_024])
        #expect(found.events.filter { $0 == .truncated(.columns, sheet: "S", row: 1, column: 1_025) }.count == 1)
        #expect(found.events.count == 5)
    }

    @Test(arguments: ["0", "-1", "x", "", "99999999999999999999"])
    func `a senseless repeat of an empty cell is no harm`(count: String) throws {
        let found = try read(
            Sample.sheet(
                "<table:table-row>\(cell)<table:table-cell table:number-columns-repeated=\"\(count)\"/>\(cell)</table:table-row>"
            ))
        #expect(found.rows.first?.cells.first?.column == 1)
    }

    @Test func `rows inside groups and header rows count like others`() throws {
        let row = "<table:table-row>\(cell)</table:table-row>"
        let found = try read(
            Sample.sheet(
                """
                <table:table-header-rows>\(row)</table:table-header-rows><table:table-row-group>\(row)\
                <table:table-row-group>\(row)</table:table-row-group></table:table-row-group><table:table-rows>\(row)</table:table-rows>
                """))
        #expect(found.rows.map(\.number) == [1, 2, 3, 4])
    }

    @Test func `a table inside a cell and shapes of a sheet are not rows`() throws {
        let inner = "<table:table table:name=\"in\"><table:table-row>\(cell)</table:table-row></table:table>"
        let found = try read(
            Sample.sheet(
                """
                <table:shapes>\(inner)</table:shapes><table:table-row><table:table-cell>\(inner)<text:p>out</text:p>\
                </table:table-cell></table:table-row>
                """))
        #expect(found.events.count == 3 && found.table == ["1: 1=out"])
    }
}

@Suite struct `Sheets` {
    @Test func `sheets come in order with their names, empty ones too`() throws {
        let found = try read(
            Sample.content(
                "<table:table table:name=\"Mid  12am-1am\"/><table:table table:name=\"&amp;\"/><table:table/>"))
        #expect(found.events == [.sheet("Mid  12am-1am", 0), .end, .sheet("&", 1), .end, .sheet("", 2), .end])
    }

    @Test func `sheets beyond the limit are cut and told of once`() throws {
        var limits = ODSLimits()
        limits.sheets = 1
        let sheets = ["a", "b", "c"].map {
            "<table:table table:name=\"\($0)\"><table:table-row>\(cell)</table:table-row></table:table>"
        }
        let found = try read(Sample.content(sheets.joined()), limits: limits)
        #expect(found.rows.count == 1)
        #expect(found.events.last == .truncated(.sheets, sheet: "b", row: nil, column: nil) && found.events.count == 4)
    }

    @Test func `prefixes can be any`() throws {
        let renamed = Sample.content(
            """
            <t:table t:name="S"><t:table-row><t:table-cell o:value-type="float" o:value="2"><x:p>2</x:p></t:table-cell>\
            </t:table-row></t:table>
            """, office: "o", table: "t", text: "x")
        #expect(
            try read(renamed).rows == [
                ODSRow(number: 1, cells: [ODSCell(column: 1, value: .number(2, shown: "2", raw: "2"))])
            ])
    }

    @Test func `names of other namespaces are not taken for OpenDocument's`() throws {
        let found = try read(
            Sample.content("<table:table xmlns:table=\"urn:other\"><table:table-row/></table:table>"))
        #expect(found.events.isEmpty)
    }
}
