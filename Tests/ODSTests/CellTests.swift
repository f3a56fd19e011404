import ODS
import Testing

/// The value of the only cell in a row of that XML.
private func value(_ cell: String) throws -> ODSValue? {
    let rows = try read(Sample.sheet("<table:table-row>\(cell)</table:table-row>")).rows
    #expect(rows.count <= 1)
    return rows.first?.cells.first?.value
}

/// The text of a cell with that inside.
private func text(_ inner: String) throws -> String? {
    guard case .text(let text) = try value("<table:table-cell>\(inner)</table:table-cell>") else { return nil }
    return text
}

private func typed(_ attributes: String, shown: String = "") -> String {
    "<table:table-cell \(attributes)><text:p>\(shown)</text:p></table:table-cell>"
}

@Suite struct `Cell text` {
    @Test(arguments: [
        ("<text:p>plain</text:p>", "plain"),
        ("<text:p>one</text:p><text:p>two</text:p>", "one\ntwo"),
        ("<text:p>one</text:p><text:p/><text:p>two</text:p>", "one\n\ntwo"),
        ("\n  <text:p>one</text:p>\n  <text:p>two</text:p>\n", "one\ntwo"),
        ("<text:p>a<text:span>b<text:span>c</text:span></text:span>d</text:p>", "abcd"),
        ("<text:p>a<text:s/>b<text:s text:c=\"3\"/>c</text:p>", "a b   c"),
        ("<text:p><text:s/>a<text:s/></text:p>", " a "),
        ("<text:p>a<text:tab/>b<text:line-break/>c</text:p>", "a\tb\nc"),
        ("<text:p>  a \n\t b  </text:p>", "a b"),
        ("<text:p>a <text:span> b</text:span></text:p>", "a b"),
        ("<text:p>x &amp; &lt;y&gt;</text:p>", "x & <y>"),
        ("<text:p><text:a>link</text:a></text:p>", "link"),
        ("<text:h>head</text:h>", "head"),
        ("<text:p>é€🙂</text:p>", "é€🙂"),
        ("<office:annotation><text:p>note</text:p></office:annotation><text:p>x</text:p>", "x"),
        ("<text:p>x<office:annotation><text:p>note</text:p></office:annotation>y</text:p>", "xy"),
        ("<draw xmlns=\"urn:d\"><text:p>box</text:p></draw><text:p>x</text:p>", "x"),
    ])
    func `follows the white space rules`(inner: String, expected: String) throws {
        #expect(try text(inner) == expected)
    }

    @Test(arguments: ["", "<text:p/>", "<text:p> \n </text:p>", "<text:p/><text:p/>", "stray text"])
    func `a cell without text is empty`(inner: String) throws {
        #expect(try text(inner) == nil)
    }

    @Test func `a text beyond the limit is cut at a character and told of`() throws {
        var limits = ODSLimits()
        limits.cellTextBytes = 5
        let found = try read(
            Sample.sheet("<table:table-row><table:table-cell/>\(Sample.cell("abcd€"))</table:table-row>"),
            limits: limits)
        #expect(found.table == ["1: 2=abcd"])
        #expect(found.events.contains(.truncated(.cellText, sheet: "S", row: 1, column: 2)))
    }

    @Test func `a text of exactly the limit is whole`() throws {
        var limits = ODSLimits()
        limits.cellTextBytes = 7
        let found = try read(Sample.sheet("<table:table-row>\(Sample.cell("abcd€"))</table:table-row>"), limits: limits)
        #expect(found.table == ["1: 1=abcd€"])
        #expect(found.events.count == 3)
    }

    @Test func `a text of 70 KB is cut to 64 KiB`() throws {
        let long = String(repeating: "x", count: 70_000)
        let found = try read(Sample.sheet("<table:table-row>\(Sample.cell(long))</table:table-row>"))
        #expect(found.rows.first?.cells.first?.text.utf8.count == 65_536)
    }
}

@Suite struct `Typed cells` {
    @Test(arguments: ["float", "percentage", "currency"])
    func `a number wins over the text it shows`(type: String) throws {
        let found = try value(typed("office:value-type=\"\(type)\" office:value=\"0.25\"", shown: "25 %"))
        #expect(found == .number(0.25, shown: "25 %", raw: "0.25"))
    }

    @Test func `a number without shown text reads as written`() throws {
        let found = try #require(try value("<table:table-cell office:value-type=\"float\" office:value=\"3\"/>"))
        #expect(ODSCell(column: 1, value: found).text == "3")
    }

    @Test func `a date wins over the text it shows and has a day`() throws {
        let found = try value(
            typed("office:value-type=\"date\" office:date-value=\"2026-03-02T17:00:00\"", shown: "2 March"))
        #expect(found == .date("2026-03-02T17:00:00") && found?.day == "2026-03-02")
    }

    @Test(arguments: [
        ("PT17H00M00S", 61_200, "17:00"), ("PT07H30M05S", 27_005, "07:30:05"), ("P1DT2H", 93_600, "26:00"),
        ("PT00H00M00.999999S", 0, "00:00"), ("PT90M", 5_400, "01:30"),
    ])
    func `a time is a count of seconds`(raw: String, seconds: Int, shown: String) throws {
        let found = try #require(
            try value(typed("office:value-type=\"time\" office:time-value=\"\(raw)\"", shown: "12/30/99")))
        #expect(found == .time(seconds: seconds, raw: raw))
        #expect(ODSCell(column: 1, value: found).text == shown)
    }

    @Test(arguments: ["17:00", "P", "PT", "P1Y", "-PT1H", "PT1H1H2", "PTxH", "P1DT", "PT99999999999H", "PT1.5H"])
    func `a time that is no plain duration keeps its text only`(raw: String) throws {
        #expect(
            try value(typed("office:value-type=\"time\" office:time-value=\"\(raw)\"")) == .time(seconds: nil, raw: raw)
        )
    }

    @Test func `a boolean wins over the text it shows`() throws {
        #expect(
            try value(typed("office:value-type=\"boolean\" office:boolean-value=\"true\"", shown: "WAHR"))
                == .boolean(true))
        #expect(try value(typed("office:value-type=\"boolean\" office:boolean-value=\"false\"")) == .boolean(false))
    }

    @Test func `a string value wins over the paragraphs`() throws {
        #expect(
            try value(typed("office:value-type=\"string\" office:string-value=\"real\"", shown: "shown"))
                == .text("real"))
    }

    @Test(arguments: [
        "office:value-type=\"float\" office:value=\"3abc\"", "office:value-type=\"float\"",
        "office:value-type=\"float\" office:value=\"nan\"", "office:value-type=\"date\"",
        "office:value-type=\"boolean\" office:boolean-value=\"1\"", "office:value-type=\"novel\"",
    ])
    func `a type whose value is missing or malformed leaves the shown text`(attributes: String) throws {
        #expect(try value(typed(attributes, shown: "seen")) == .text("seen"))
    }
}
