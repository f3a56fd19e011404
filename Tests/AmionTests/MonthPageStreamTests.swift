import Amion
import ScheduleModel
import Testing

private typealias Page = MonthPageFixture

/// Pages read while they come: how they are cut, where they end, and how much of them is held.
@Suite struct MonthPageStreamTests {
    private let page = Page.page(
        Page.row([4: "Zimmer&nbsp;é", 6: "Quill, Ada<br>Tarn, Ben"]), Page.row([0: "soon"]),
        "<tr data-date='2026-03-05' data-role=ON1 data-start=0:00 data-end=8:00 data-staff='Tarn, Ben'></tr>",
        Page.row([0: "2026-03-07", 1: "Mid<b>C</b>"])
    ).replacing("<body>", with: "<body><p>Schedule (as of Mar 6 02:00 2026 US ET)</p>")

    @Test func `every way to cut a page gives the same`() throws {
        let bytes = Array(page.utf8)
        let whole = try Page.read(bytes: bytes)
        #expect(whole.rows.count == 4 && whole.messages.count == 1)
        for pieceBytes in 1...bytes.count {
            let result = try Page.read(bytes: bytes, pieceBytes: pieceBytes)
            #expect(result.rows == whole.rows && result.asOf == whole.asOf)
            #expect(result.messages.map(\.location) == whole.messages.map(\.location))
        }
    }

    @Test func `a page cut anywhere before its table's end is no month`() throws {
        let bytes = Array(page.utf8)
        let end = try #require(page.firstRange(of: "</table>")).upperBound
        let whole = page.utf8.distance(from: page.startIndex, to: end)
        for count in 0..<whole {
            let failure = #expect(throws: MonthFailure.self) { try Page.read(bytes: Array(bytes[..<count])) }
            #expect(failure?.code == "INVALID_HTML")
        }
        for count in whole...bytes.count { #expect(try Page.read(bytes: Array(bytes[..<count])).rows.count == 4) }
    }

    @Test func `a page cut inside of its table may be asked for again, a login page not`() {
        for (text, isRetriable) in [(String(page.prefix(400)), true), ("<form>Password</form>", false)] {
            let failure = #expect(throws: MonthFailure.self) { try Page.read(text) }
            #expect(failure?.isRetriable == isRetriable)
        }
    }

    @Test(arguments: [
        "<p>Schedule (as of Mar 6 02:00 2026 US ET)</p>", "<h1>March, as of <b>Mar 6</b> 02:00 2026 US ET</h1>",
    ])
    func `the as-of stamp is kept and is no part of a row`(heading: String) throws {
        let result = try Page.read(heading + Page.page(Page.row()))
        #expect(result.asOf == "Mar 6 02:00 2026 US ET")
        #expect(try result.rows == Page.read(Page.page(Page.row())).rows)
    }

    @Test(arguments: ["as of now", "alias of 12", "as of \(String(repeating: "1", count: 80))"])
    func `another sentence is no stamp`(text: String) throws {
        #expect(try Page.read("<p>\(text)</p>" + Page.page(Page.row())).asOf == nil)
    }

    @Test func `the first table that is a schedule counts, among others before, behind and around it`() throws {
        let other = "<table><tr><th>Name</th><th>Pager</th></tr><tr><td>Quill, Ada</td><td>1</td></tr></table>"
        let second = Page.page(Page.row([0: "2026-03-09"]))
        let page = "<table><tr><td>\(other)</td><td>\(Page.page(Page.row()))</td></tr></table>\(other)\(second)"
        #expect(try Page.read(page).lines == [exampleLine])
    }

    @Test func `a header counts among the first rows of a table only, so that a long other table is not held`() throws {
        func page(_ before: Int) -> String {
            Page.page(Page.row()).replacing(
                "<thead>", with: String(repeating: "<tr><td>On call</td></tr>", count: before) + "<thead>")
        }
        #expect(try Page.read(page(63)).lines == [exampleLine])
        #expect(Page.failure(page(64)) == "INVALID_HTML")
    }

    @Test func `a line end of the source is white space and parts no names`() throws {
        let row = Page.row([6: "Quill,\n   Ada; Tarn,\r\n\tBen<div>Moss, Cy</div><p>Hale, Finn</p>"])
        #expect(
            try Page.read(Page.page(row)).rows.map(\.name) == ["Quill, Ada", "Tarn, Ben", "Moss, Cy", "Hale, Finn"])
    }

    @Test func `a form between a table and its rows hides none`() throws {
        let page = Page.page(Page.row()).replacing("<tbody>", with: "<tbody><form>")
        #expect(try Page.read(page).lines == [exampleLine])
    }

    @Test func `a row of another year is an error of its own as long as others are of the month`() throws {
        let result = try Page.read(Page.page(Page.row(), Page.row([0: "2062-03-02"])))
        #expect(result.lines == [exampleLine])
        #expect(result.messages.map(\.code) == ["INVALID_DATE_RANGE"])
        #expect(result.messages.first?.location?.row == 3)
    }

    @Test func `a cell beyond the limit on its text fails the month, not the memory`() {
        let long = Page.row([6: String(repeating: "x", count: 20_000)])
        #expect(Page.failure(Page.page(long)) == "INVALID_HTML")
        #expect(
            Page.failure("<table><tr><td>\(String(repeating: "x", count: 20_000))</td></tr></table>" + Page.page())
                == nil)
    }

    @Test func `more rows than any month has fail the month`() {
        let rows = String(repeating: "<tr><td>x</td></tr>", count: 20_001)
        #expect(Page.failure(Page.page(rows)) == "INVALID_RESPONSE")
    }

    @Test func `columns beyond the limit are left out`() throws {
        let wide = Page.row().replacing("</tr>", with: String(repeating: "<td>x</td>", count: 500) + "</tr>")
        #expect(try Page.read(Page.page(wide)).lines == [exampleLine])
    }

    @Test func `tables nested without end and elements without end are INVALID_HTML`() {
        #expect(Page.failure(String(repeating: "<table><tr><td>", count: 1_000)) == "INVALID_HTML")
        #expect(Page.failure(String(repeating: "<b><i>", count: 10_000)) == "INVALID_HTML")
    }
}
