import Amion
import ScheduleModel
import Testing

private typealias Page = MonthPageFixture

/// What a row's cells may say, and what becomes of rows that say it badly (domain 5.2, 5.7).
@Suite struct MonthRowTests {
    @Test(arguments: ["2026-03-15", "3/15/2026", "03/15/2026", "15-Mar-2026", "15-MAR-2026", " 2026-03-15 "])
    func `dates are read in three forms`(text: String) throws {
        #expect(try Page.read(Page.page(Page.row([0: text]))).rows.map(\.date.description) == ["2026-03-15"])
    }

    @Test(arguments: [
        "", "March 2", "2026-02-30", "13/40/2026", "15-Foo-2026", "2026-3-2", "3/2/26", "2-Mar-26", "2026/03/02",
        "soon",
    ])
    func `an unreadable date is an error, never a silent drop`(text: String) throws {
        let result = try Page.read(Page.page(Page.row(), Page.row([0: text])))
        #expect(result.rows.count == 1)
        let message = try #require(result.messages.first)
        #expect(result.messages.count == 1)
        #expect(message.code == "MISSING_CELL" && message.isRowError)
        #expect(message.location?.row == 3)
        #expect(message.location?.cell == "R3C1")
        #expect(message.details?["row"] == "3" && message.details?["field"] == "Date")
        #expect(message.details?["value"] == text && message.details?["reason"]?.isEmpty == false)
    }

    @Test(arguments: [
        ("17:00", "00:00", "17:00–00:00+1"), ("7:00", "15:00", "07:00–15:00"), ("7:00 AM", "3:00 PM", "07:00–15:00"),
        ("5:30pm", "12:00 AM", "17:30–00:00+1"), ("12:00 PM", "1:00 PM", "12:00–13:00"),
        ("08:00", "08:00", "08:00–08:00+1"), ("23:00", "07:00", "23:00–07:00+1"),
        ("17:00", "24:00", "17:00–00:00+1"),
    ])
    func `times are read in two forms, and an end at or before the start is the next day`(
        start: String, end: String, window: String
    ) throws {
        let result = try Page.read(Page.page(Page.row([1: "DAY", 2: start, 3: end])))
        #expect(result.rows.map(\.window.description) == [window])
    }

    @Test(arguments: ["", "noonish", "25:00", "17:60", "13:00 PM", "0:30 AM", "1700", "17", "-1:00", "17:00:00:00"])
    func `an unreadable time rejects the row`(text: String) throws {
        for column in [2, 3] {
            let result = try Page.read(Page.page(Page.row(), Page.row([column: text])))
            #expect(result.rows.count == 1)
            #expect(result.messages.map(\.code) == ["MISSING_CELL"])
            #expect(result.messages.first?.field == (column == 2 ? "Start Time" : "End Time"))
        }
    }

    @Test func `a blank role rejects the row`() throws {
        let result = try Page.read(Page.page(Page.row([1: "&nbsp;"]), Page.row()))
        #expect(result.rows.count == 1)
        #expect(result.messages.map(\.field) == ["Position"])
    }

    @Test func `a page of which every row is rejected is still a page`() throws {
        let result = try Page.read(Page.page(Page.row([0: "x"]), Page.row([2: "x"])))
        #expect(result.rows.isEmpty)
        #expect(result.messages.filter(\.isRowError).count == 2)
    }

    @Test(arguments: ["two", "2.5", "+3", "-1", "3abc"])
    func `a bad head count is a warning and the row is kept`(text: String) throws {
        let result = try Page.read(Page.page(Page.row([5: text])))
        #expect(result.lines == [exampleLine])
        #expect(result.messages.map(\.severity) == [.warning])
        #expect(result.messages.first?.location?.row == 2)
    }

    @Test(arguments: ["", "03", "1000"])
    func `a blank or whole head count is not worth a word`(text: String) throws {
        #expect(try Page.read(Page.page(Page.row([5: text]))).messages.isEmpty)
    }

    @Test func `the written date is the evening's, so a night role starts after its midnight`() throws {
        let rows = Page.row([0: "2026-03-06", 1: "ON 1", 2: "00:00", 3: "08:00"])
        #expect(
            try Page.read(Page.page(rows)).lines == ["2026-03-06 ON 1 00:00+1–08:00+1 Room 4 Quill, Ada"])
        let morning = Page.row([1: "MORNING", 2: "07:00", 3: "15:00"])
        #expect(try Page.read(Page.page(morning)).rows.map(\.window.startDayOffset) == [0])
    }

    @Test func `a row with too few cells is rejected, not a crash`() throws {
        let result = try Page.read(Page.page("<tr><td>2026-03-02</td><td>MidC</td></tr>", Page.row()))
        #expect(result.rows.count == 1)
        #expect(Set(result.messages.compactMap(\.field)) == ["Start Time", "End Time"])
    }

    @Test func `without a header the fixed order is tried`() throws {
        let page = "<table>\(Page.row([0: "2026-03-01", 5: ""]))\(Page.row())</table>"
        let result = try Page.read(page)
        #expect(result.lines == ["2026-03-01 MidC 17:00–00:00+1 Room 4 Quill, Ada", exampleLine])
    }

    @Test func `then cells are recognised by their form`() throws {
        let page = """
            <table><tr><td>MidC</td><td>2026-03-02</td><td>17:00</td><td>00:00</td><td>Quill, Ada</td></tr>
            <tr><td>MidL</td><td>2026-03-03</td><td>17:00</td><td>00:00</td><td></td></tr></table>
            """
        let result = try Page.read(page)
        #expect(result.lines == ["2026-03-02 MidC 17:00–00:00+1 - Quill, Ada"])
        #expect(result.openSlots == 1)
    }

    @Test func `a bad first row does not hide a table without a header`() throws {
        let result = try Page.read("<table>\(Page.row([0: "soon"]))\(Page.row())</table>")
        #expect(result.lines == [exampleLine])
        #expect(result.messages.map(\.code) == ["MISSING_CELL"])
    }
}
