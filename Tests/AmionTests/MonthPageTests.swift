import Amion
import ScheduleModel
import Testing

private typealias Page = MonthPageFixture

/// Domain 5.2.
@Suite struct MonthPageTests {
    @Test func `the example row is read`() throws {
        let result = try Page.read(Page.page(Page.row()))
        #expect(result.lines == [exampleLine])
        #expect(result.rows.map(\.sourceRow) == [2])
        #expect(result.messages.isEmpty)
    }

    @Test(arguments: ["Position", "Shift", "SERVICE", "role", " R_o le "])
    func `the role's column has several names`(name: String) throws {
        let page = Page.page(Page.row()).replacing("<th>Position</th>", with: "<th>\(name)</th>")
        #expect(try Page.read(page).lines == [exampleLine])
    }

    @Test(arguments: [
        ("Start Time", "start"), ("Start Time", "START_TIME"), ("End Time", "End"), ("Required Staff", "Required"),
        ("Required Staff", "Staff Needed"), ("<th>Staff<", "<th>Name<"), ("<th>Staff<", "<th>Provider<"),
        ("Date", "d a t e"),
    ])
    func `every other column has its synonyms`(name: String, synonym: String) throws {
        #expect(try Page.read(Page.page(Page.row()).replacing(name, with: synonym)).lines == [exampleLine])
    }

    @Test func `columns may stand in any order, with others between`() throws {
        let page = """
            <table><tr><th>Pager</th><th>Name</th><th>End</th><th>Start</th><th>Role</th><th>Notes</th><th>Date</th></tr>
            <tr><td>555</td><td>Quill, Ada</td><td>00:00</td><td>17:00</td><td>MidC</td><td>n</td><td>2026-03-02</td></tr>
            </table>
            """
        #expect(try Page.read(page).lines == ["2026-03-02 MidC 17:00–00:00+1 - Quill, Ada"])
    }

    @Test func `a colspan in a header or a row takes as many columns`() throws {
        let spanned = Page.page(Page.row()).replacing("<th>Location</th>", with: #"<th colspan="2">Location</th>"#)
        let page = spanned.replacing("<td>Room 4</td>", with: #"<td colspan="2">Room 4</td>"#)
        #expect(try Page.read(page).lines == [exampleLine])
        // Date and role in one cell: then the date is the role's text too, and the row still has its columns.
        let both = Page.page(Page.row().replacing("<td>Room 4</td><td>1</td>", with: #"<td colspan="2">3</td>"#))
        #expect(try Page.read(both).lines == ["2026-03-02 MidC 17:00–00:00+1 3 Quill, Ada"])
    }

    @Test func `a rowspan reaches down as many rows`() throws {
        let first = Page.row().replacing("<td>2026-03-02</td>", with: #"<td rowspan="2">2026-03-02</td>"#)
        let second = Page.row([1: "MidL", 6: "Tarn, Ben"]).replacing("<td>2026-03-02</td>", with: "")
        let third = Page.row([0: "2026-03-03"])
        #expect(
            try Page.read(Page.page(first, second, third)).lines == [
                exampleLine, "2026-03-02 MidL 17:00–00:00+1 Room 4 Tarn, Ben",
                "2026-03-03 MidC 17:00–00:00+1 Room 4 Quill, Ada",
            ])
    }

    @Test func `absurd spans are bounded`() throws {
        let row = Page.row([5: "1"]).replacing(
            "<td>Quill, Ada</td>", with: #"<td colspan="999999999" rowspan="999999999">Quill, Ada</td>"#)
        #expect(try Page.read(Page.page(row)).lines == [exampleLine])
    }

    @Test func `rows of a nested table are no rows`() throws {
        let nested = "Room 4<table><tr><td>2026-03-09</td><td>ON1</td><td>00:00</td></tr></table>"
        let result = try Page.read(Page.page(Page.row([4: nested]), Page.row([0: "2026-03-03"])))
        #expect(result.rows.map(\.role) == ["MidC", "MidC"])
        #expect(result.rows.map(\.date.description) == ["2026-03-02", "2026-03-03"])
        #expect(result.messages.isEmpty)
    }

    @Test func `a schedule inside a layout table is found`() throws {
        let page = "<table><tr><td>Menu</td><td>\(Page.page(Page.row()))</td></tr></table>"
        #expect(try Page.read(page).lines == [exampleLine])
    }

    @Test func `neither tbody nor thead nor th is needed`() throws {
        let plain = Page.page(Page.row()).replacing("<tbody>", with: "").replacing("</tbody>", with: "")
        #expect(try Page.read(plain).lines == [exampleLine])
        let bare = plain.replacing("<thead>", with: "").replacing("</thead>", with: "").replacing("th>", with: "td>")
        #expect(try Page.read(bare).lines == [exampleLine])
    }

    @Test func `entities are decoded and U+00A0 is white space`() throws {
        let row = Page.row([
            1: "&nbsp;Mid&nbsp;C ", 2: "17:00&#160;", 4: "&nbsp;", 6: "O&#39;Hara,&nbsp;&Eacute;va &amp; Co",
        ])
        #expect(try Page.read(Page.page(row)).lines == ["2026-03-02 Mid C 17:00–00:00+1 - O'Hara, Éva & Co"])
    }

    @Test func `data attributes win over the cells`() throws {
        let attributes =
            #"data-date="2026-03-05" data-role="ON1" data-start="00:00" data-end="08:00" data-required="2" "#
            + #"data-staff="Tarn, Ben; Quill, Ada""#
        let result = try Page.read(Page.page(Page.row(attributes: attributes)))
        #expect(
            result.lines == [
                "2026-03-05 ON1 00:00+1–08:00+1 Room 4 Tarn, Ben", "2026-03-05 ON1 00:00+1–08:00+1 Room 4 Quill, Ada",
            ])
        let blank = "<tr \(attributes)>" + String(repeating: "<td></td>", count: 7) + "</tr>"
        #expect(try Page.read(Page.page(blank)).rows.count == 2)
    }

    @Test func `several names are parted by semicolons and line breaks`() throws {
        let row = Page.row([6: "Quill, Ada; Tarn, Ben<br>Moss, Cy<br/> ;"])
        #expect(try Page.read(Page.page(row)).rows.map(\.name) == ["Quill, Ada", "Tarn, Ben", "Moss, Cy"])
    }

    @Test(arguments: ["", " ", "&nbsp;", "<br>", " ; "])
    func `a blank staff cell is an open slot, not an error`(cell: String) throws {
        let result = try Page.read(Page.page(Page.row([6: cell])))
        #expect(result.rows.isEmpty)
        #expect(result.openSlots == 1)
        #expect(result.messages.isEmpty)
    }

    @Test func `rows with th and rows of white space are skipped`() throws {
        let page = Page.page(
            "<tr><th colspan=7>Week 10</th></tr>", Page.row(), "<tr><td>&nbsp;</td><td> </td></tr>", "<tr></tr>",
            Page.row([0: "2026-03-03"]))
        let result = try Page.read(page)
        #expect(result.rows.count == 2)
        #expect(result.rows.map(\.sourceRow) == [3, 6])
        #expect(result.messages.isEmpty)
    }

    @Test func `an empty but recognisable table is a month without rows`() throws {
        let result = try Page.read(Page.page())
        #expect(result.rows.isEmpty && result.messages.isEmpty && result.openSlots == 0)
    }

    @Test(arguments: [
        "", "<html><body>Please log in</body></html>", "NOFI=No file",
        "<form><table><tr><td>User</td><td><input></td></tr><tr><td>Password</td><td><input></td></tr></table></form>",
        "<table><tr><th>Date</th><th>Position</th></tr><tr><td>2026-03-02</td><td>MidC</td></tr></table>",
        "<table></table>",
    ])
    func `a page without a recognisable table is INVALID_HTML`(page: String) {
        #expect(Page.failure(page) == "INVALID_HTML")
    }

    @Test func `the same row twice counts once`() throws {
        let result = try Page.read(Page.page(Page.row(), Page.row(), Page.row([4: "Room 5"])))
        #expect(result.rows.count == 2)
        #expect(result.duplicates == 1)
    }

    @Test func `a page of another year is INVALID_RESPONSE`() {
        #expect(Page.failure(Page.page(Page.row([0: "2025-03-02"]), Page.row([0: "2025-03-03"]))) == "INVALID_RESPONSE")
    }

    @Test func `a neighbouring month's rows are left out`() throws {
        let result = try Page.read(Page.page(Page.row(), Page.row([0: "2026-04-01"])))
        #expect(result.lines == [exampleLine])
    }
}
