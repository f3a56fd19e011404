import Amion
import ScheduleModel
import Testing

private typealias Report = CSVReportFixture

/// The rows of the table of domain 5.3.
@Suite struct CSVReportReaderTests {
    private let eveningLine = "2026-03-06 MidC 17:00–00:00+1 - Quill, Ada"
    private let nightLine = "2026-03-06 ON1 00:00+1–08:00+1 - Tarn, Ben"

    @Test func `the example of the specification is read`() throws {
        let result = try Report.read(Report.report(Report.evening, Report.night))
        #expect(result.lines == [eveningLine, nightLine])
        #expect(result.rows.map(\.staffID) == ["41", "42"])
        #expect(result.rows.map(\.sourceRow) == [9, 10])
        #expect(result.messages.isEmpty && result.openSlots == 0 && result.duplicates == 0)
    }

    @Test func `the as-of stamp is kept and is no part of a row`() throws {
        let first = try Report.read(Report.report(Report.evening))
        let second = try Report.read(Report.report(Report.evening).replacing("02:00", with: "09:30"))
        #expect(first.asOf == "Mar 6 02:00 2026 US ET" && second.asOf == "Mar 6 09:30 2026 US ET")
        #expect(first.rows == second.rows)
    }

    @Test func `what starts after midnight belongs to the evening before, unless the hospital's dates name evenings`()
        throws
    {
        #expect(try Report.read(Report.report(Report.night)).lines == [nightLine])
        let options = CSVReportOptions(afterMidnightDate: .evening)
        #expect(
            try Report.read(Report.report(Report.night), options: options).lines == [
                "2026-03-07 ON1 00:00+1–08:00+1 - Tarn, Ben"
            ])
    }

    @Test func `a night role that starts in the afternoon, and an evening role after midnight, are of their date`()
        throws
    {
        let afternoon = Report.night.replacing(",0000,0800,", with: ",1300,2000,")
        let early = Report.evening.replacing(",1700,0000,", with: ",0100,0200,")
        #expect(
            try Report.read(Report.report(afternoon, early)).lines == [
                "2026-03-07 ON1 13:00–20:00 - Tarn, Ben", "2026-03-06 MidC 01:00–02:00 - Quill, Ada",
            ])
    }

    @Test func `a row is of the month of its evening: the extra day brings the last night and no more`() throws {
        let result = try Report.read(
            Report.report(
                Report.night.replacing("3-7-26", with: "3-1-26"),
                Report.night.replacing("3-7-26", with: "4-1-26"), Report.evening.replacing("3-6-26", with: "4-1-26")))
        #expect(result.lines == ["2026-03-31 ON1 00:00+1–08:00+1 - Tarn, Ben"])
        #expect(result.messages.isEmpty)
    }

    @Test func `in December the extra day is of the next year and no other year`() throws {
        let report = Report.report(
            Report.evening.replacing("3-6-26", with: "12-31-26"), Report.night.replacing("3-7-26", with: "1-1-27"),
            Report.evening.replacing("3-6-26", with: "1-1-27"))
        let result = try Report.read(report, month: "2026-12-01")
        #expect(result.rows.map(\.date.description) == ["2026-12-31", "2026-12-31"])
    }

    @Test(arguments: ["3-6-25", "3-6-27", "3-6-2025"])
    func `a row of another year is INVALID_RESPONSE for the month`(date: String) {
        let failure = Report.failure(Report.report(Report.evening, Report.evening.replacing("3-6-26", with: date)))
        #expect(failure?.code == "INVALID_RESPONSE")
        #expect(failure?.kind == .parse)
        #expect(failure?.cause.contains("row 10") == true)
    }

    @Test func `only rows of neighbouring months are INVALID_RESPONSE too`() {
        #expect(
            Report.failure(Report.report(Report.evening.replacing("3-6-26", with: "4-6-26")))?.code
                == "INVALID_RESPONSE")
    }

    @Test(arguments: [0, 3, 4, 6, 7, 8, 12])
    func `the preamble may have any number of lines`(count: Int) throws {
        let report = (0..<count).map { "Field \($0): text, with, commas\r\n" }.joined() + Report.evening + "\r\n"
        let result = try Report.read(report)
        #expect(result.lines == [eveningLine])
        #expect(result.rows.map(\.sourceRow) == [count + 1])
    }

    @Test func `a line of column titles is no record`() throws {
        let titles = "Name,ID,Backup,Assignment,ID,Backup,Date,Start,End,Type,Pager,Tel,Email,Msg,Note,Kind,Group"
        #expect(try Report.read(Report.report(titles, Report.evening)).lines == [eveningLine])
        #expect(try Report.read(titles + "\n").rows.isEmpty)
    }

    @Test func `report 619 has nine columns, for one client after a group`() throws {
        let short = #""Quill, Ada",41,12,"MidC",7,3,3-6-26,1700,0000"#
        #expect(try Report.read(Report.report(short)).lines == [eveningLine])
        let grouped = try Report.read(Report.report("Radiology," + short))
        #expect(grouped.lines == [eveningLine] && grouped.rows.map(\.staffID) == ["41"])
    }

    @Test func `records may be parted by tabs`() throws {
        let tabs = "Quill, Ada\t41\t12\tMidC\t7\t3\t3-6-26\t1700\t0000\tAttending\t\t\t\t1\t\to\tEvening"
        #expect(try Report.read(Report.report(tabs)).lines == [eveningLine])
    }

    @Test func `quoted fields hold commas, quotes and line ends`() throws {
        let record = #""Quill ""Q"", Ada",41,12,"Mid"#
        let odd = record + "C\r\n X\",7,3,3-6-26,1700,0000,,,,,,\"a\nb\",o,\"E\""
        let result = try Report.read(Report.report(Report.evening, odd, Report.night))
        #expect(result.rows.map(\.name) == ["Quill, Ada", #"Quill "Q", Ada"#, "Tarn, Ben"])
        #expect(result.rows.map(\.role) == ["MidC", "MidC X", "ON1"])
        #expect(result.rows.map(\.sourceRow) == [9, 10, 13])
    }

    @Test(arguments: ["3-6-26", "03-06-26", "3/6/2026", "3-6-2026", "3/6/26", " 3-6-26 "])
    func `dates are month, day and year`(date: String) throws {
        #expect(
            try Report.read(Report.report(Report.evening.replacing("3-6-26", with: date))).lines == [eveningLine])
    }

    @Test(arguments: ["2-30-26", "13-1-26", "0-6-26", "3-6", "2026-03-06", "3-6-6", "soon", "", "3/6-26"])
    func `an impossible date is an error with row and column, never a silent drop`(date: String) throws {
        let result = try Report.read(
            Report.report(Report.evening, Report.night.replacing("3-7-26", with: date)))
        #expect(result.lines == [eveningLine])
        #expect(result.messages.map(\.code) == ["MISSING_CELL"])
        #expect(result.messages.first?.isRowError == true)
        #expect(result.messages.first?.location?.cell == "R10C7")
        #expect(result.messages.first?.details?["value"] == date)
    }

    @Test(arguments: [("800", "08:00"), ("0", "00:00"), ("45", "00:45"), ("0000", "00:00"), ("2359", "23:59")])
    func `times have one to four digits, padded from the left`(text: String, time: String) throws {
        let result = try Report.read(
            Report.report(Report.evening.replacing(",1700,0000,", with: ",\(text),2400,")))
        #expect(result.rows.map(\.window.start.description) == [time])
    }

    @Test func `an end at or before the start is the next day, equal times are 24 hours`() throws {
        let records = [",1700,0100,", ",1700,1700,", ",1700,1800,"].map {
            Report.evening.replacing(",1700,0000,", with: $0)
        }
        let result = try Report.read(Report.report(records[0], records[1], records[2]))
        #expect(
            result.rows.map(\.window.description) == ["17:00–01:00+1", "17:00–17:00+1", "17:00–18:00"])
    }

    @Test(arguments: ["2400x", "17:00", "1760", "2500", "-100", "17000", "", "noon"])
    func `an unreadable time rejects the record`(text: String) throws {
        let result = try Report.read(
            Report.report(Report.evening, Report.night.replacing(",0000,0800,", with: ",0000,\(text),")))
        #expect(result.lines == [eveningLine])
        #expect(result.messages.map(\.field) == ["End Time"])
    }

    @Test func `a record without a role is rejected, one without a name is an open slot`() throws {
        let result = try Report.read(
            Report.report(
                Report.evening.replacing("\"MidC\"", with: "\" \""),
                Report.evening.replacing("\"Quill, Ada\",41,12", with: "\"\",,"), Report.night))
        #expect(result.lines == [nightLine])
        #expect(result.messages.map(\.field) == ["Position"])
        #expect(result.openSlots == 1)
    }

    @Test func `a record with too few fields is rejected, not a crash`() throws {
        let result = try Report.read(Report.report(Report.evening, "x,y", "", Report.night))
        #expect(result.rows.count == 2)
        #expect(Set(result.messages.compactMap(\.location?.row)) == [10])
    }

    @Test func `the same record twice counts once, another person's is another`() throws {
        let other = Report.evening.replacing(",41,", with: ",43,")
        let result = try Report.read(Report.report(Report.evening, Report.evening, other))
        #expect(result.rows.map(\.staffID) == ["41", "43"])
        #expect(result.duplicates == 1)
    }

    @Test func `only assignment types that were asked for count; none asked for is all`() throws {
        let records = ["o", "c", "r", "m", ""].map {
            Report.evening.replacing("\"o\"", with: "\"\($0)\"").replacing("3-6-26", with: "3-\($0.utf8.count + 6)-26")
                .replacing("Quill", with: "Quill\($0)")
        }
        let report = Report.report(records[0], records[1], records[2], records[3], records[4])
        #expect(try Report.read(report).rows.count == 5)
        let options = CSVReportOptions(assignmentTypes: ["O", "c"])
        #expect(try Report.read(report, options: options).rows.map(\.name) == ["Quillo, Ada", "Quillc, Ada"])
        let short = #""Quill, Ada",41,12,"MidC",7,3,3-6-26,1700,0000"#
        #expect(try Report.read(Report.report(short), options: options).rows.count == 1)
    }

    @Test(arguments: ["NOFI=No file", "NOFI=No file\r\n", "\n nofi=no file"])
    func `NOFI is a month without a schedule file`(text: String) {
        let failure = Report.failure(text)
        #expect(failure?.kind == .auth)
        #expect(failure?.code == "INVALID_RESPONSE")
        #expect(failure?.cause.hasPrefix("no_schedule_file") == true)
        #expect(failure?.isRetriable == false)
    }

    @Test func `a refused access code is AUTH_FAILED`() {
        let failure = Report.failure("Error: Bad password\n")
        #expect(failure?.kind == .auth)
        #expect(failure?.code == "AUTH_FAILED")
    }

    @Test(arguments: ["<!DOCTYPE html><html><body>Please log in</body></html>", "\r\n  <html>bad password</html>"])
    func `an HTML page is INVALID_HTML`(page: String) {
        #expect(Report.failure(page)?.code == "INVALID_HTML")
    }

    @Test(arguments: ["", "\n\n", "Service is down for maintenance.\n"])
    func `what is no report is INVALID_RESPONSE, never an empty month`(text: String) {
        #expect(Report.failure(text)?.code == "INVALID_RESPONSE")
    }

    @Test func `a report without records is a month without assignments`() throws {
        let result = try Report.read(Report.preamble)
        #expect(result.rows.isEmpty && result.messages.isEmpty)
    }

    @Test func `personal data is in nothing that is read`() throws {
        let secrets = ["5550001", "5550002", "ada@hospital.example", "note-to-nobody"]
        let record =
            #""Quill, Ada",41,12,"MidC",7,3,3-6-26,1700,0000,"Attending","\#(secrets[0])",\#(secrets[1]),"#
            + #"\#(secrets[2]),1,"\#(secrets[3])","o","Evening""#
        for report in [Report.report(record), Report.report(record.replacing("1700", with: "x"), "Rad," + record)] {
            var text = ""
            dump(try Report.read(report), to: &text)
            for secret in secrets { #expect(!text.contains(secret)) }
        }
    }

    @Test(arguments: [
        #""Tarn, Be"#, #""Tarn, Ben",42,13,"ON1",9,4,3-7-2"#, #""Tarn, Ben",42,13,"ON1",9,4,3-7-26,0000,0800,"Att"#,
        #""Tarn, Ben",42,13,"ON1",9,4,3-7-26,0000,0800,"Attending",,,,1,,"o","Over"#,
    ])
    func `a report that ends in the middle of a record is no month`(end: String) {
        let failure = Report.failure(Report.report(Report.evening) + end)
        #expect(failure?.code == "INVALID_RESPONSE")
        #expect(failure?.isRetriable == true)
    }

    @Test func `a report that ends before its preamble does is no month`() {
        let bytes = Array(Report.preamble.utf8)
        for count in 0..<bytes.count - 1 {
            #expect(Report.failure(String(decoding: bytes[..<count], as: UTF8.self))?.code == "INVALID_RESPONSE")
        }
        #expect(Report.failure(Report.preamble + "\"Quill, A")?.isRetriable == true)
    }

    @Test func `the last line may lack its end, but not a digit of its time`() throws {
        let short = #""Quill, Ada",41,12,"MidC",7,3,3-6-26,1700,0000"#
        #expect(try Report.read(Report.preamble + Report.evening).lines == [eveningLine])
        #expect(try Report.read(Report.preamble + short).lines == [eveningLine])
        #expect(Report.failure(Report.preamble + short.dropLast(2))?.code == "INVALID_RESPONSE")
    }

    @Test func `every way to cut a report gives the same`() throws {
        let report = Report.report(
            Report.evening.replacing("Quill", with: "Érdő"), Report.night, Report.night.replacing("3-7", with: "x"))
        let bytes = Array(report.utf8)
        let whole = try Report.read(bytes: bytes)
        for pieceBytes in 1...bytes.count {
            let result = try Report.read(bytes: bytes, pieceBytes: pieceBytes)
            #expect(result.rows == whole.rows && result.asOf == whole.asOf)
            #expect(result.messages.map(\.location) == whole.messages.map(\.location))
        }
    }

    @Test func `a report is in the encoding it is in`() throws {
        let utf8 = Array(Report.report(Report.evening.replacing("Quill", with: "Érd")).utf8)
        #expect(try Report.read(bytes: utf8).rows.map(\.name) == ["Érd, Ada"])
        #expect(try Report.read(bytes: [0xEF, 0xBB, 0xBF] + utf8).rows.map(\.name) == ["Érd, Ada"])
        let latin = Report.report(Report.evening.replacing("Quill", with: "@")).utf8.map {
            $0 == UInt8(ascii: "@") ? 0xC9 : $0
        }
        #expect(try Report.read(bytes: latin).rows.map(\.name) == ["É, Ada"])
        #expect(throws: MonthFailure.self) { try Report.read(bytes: latin, charset: "utf-8") }
    }

    @Test func `a record or line without end is refused before it fills the memory`() {
        let long = "\"" + String(repeating: "x", count: 100_000)
        #expect(Report.failure(Report.report(Report.evening) + long)?.code == "INVALID_RESPONSE")
        #expect(Report.failure(String(repeating: "x", count: 100_000))?.code == "INVALID_RESPONSE")
    }
}
