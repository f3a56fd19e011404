import ArgumentParser
import Foundation
import ScheduleModel
import TaskEvents
import Testing

@testable import schedcu

/// `schedcu check` (interfaces.md section 2.1), without Redis, Postgres or a worker.
@Suite struct CheckTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func sample(_ name: String) -> String { root.appending(path: "ops/samples/\(name)").path }

    /// Writes a file, calls `body` with its path and removes it.
    static func withFile<Result>(_ name: String, _ text: String, _ body: (String) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: name)
        try Data(text.utf8).write(to: file)
        return try body(file.path)
    }

    /// Runs the command as a user would, with a Redis and a Postgres that do not exist; the error line, when there is one.
    static func run(_ arguments: [String]) -> ErrorLine? {
        let nowhere = ["--redis", "redis://127.0.0.1:1/0", "--postgres", "postgresql://127.0.0.1:1/none", "--quiet"]
        do {
            var command = try SchedcuCommand.command(from: ["check"] + arguments + nowhere)
            try command.run()
            return nil
        } catch {
            return SchedcuCommand.errorLine(for: error)
        }
    }

    func check(_ path: String, range: DateRange? = nil) throws -> (WorkbookCheck, [ValidationMessage]) {
        let context = HospitalContext(
            id: Identifier(DeterministicID.uuid("check")), code: "CHECK", zone: .utc,
            vocabulary: try ShiftVocabulary(ShiftType.initial))
        var shown: [ValidationMessage] = []
        let check = try WorkbookCheck(
            WorkbookFile(path: path).content, context: context, range: range,
            today: try #require(LocalDate("2026-03-06"))
        ) { shown.append($0) }
        return (check, shown)
    }

    static func list(_ rows: [String]) -> String {
        let cells = (["Date,ShiftType,RequiredStaffing"] + rows).map { row in
            let cells = row.split(separator: ",").map { "<t:table-cell><x:p>\($0)</x:p></t:table-cell>" }
            return "<t:table-row>\(cells.joined())</t:table-row>"
        }
        return """
            <o:document xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" \
            xmlns:t="urn:oasis:names:tc:opendocument:xmlns:table:1.0" \
            xmlns:x="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><o:body><o:spreadsheet>\
            <t:table t:name="List">\(cells.joined())</t:table></o:spreadsheet></o:body></o:document>
            """
    }

    @Test func `the golden workbook has 12 sheets, 13 grids, 292 rows and 291 marks, and is no error`() throws {
        let path = Self.sample("north-coverage.ods")
        #expect(Self.run([path])?.status == nil)
        let document = try check(path).0.document(file: "north-coverage.ods")
        #expect(document["sheets"] == 12 && document["grids"] == 13)
        #expect(document["rows"] == 292 && document["marks"] == 291)
        #expect(document["layout"] == "B" && document["outcome"] == "SUCCESS")
        #expect(
            document["counts"] == ["DUPLICATE_GRID": 1, "OVERLAPPING_SHEETS": 2, "UNCOVERED_WORKLIST": 1])
        #expect(document["start_date"] == "2026-03-01" && document["end_date"] == "2026-08-31")
        #expect(document["shifts"] == 920)
        let messages = try #require(document["validation"]?["messages"]?.arrayValue)
        #expect(messages.count == 4)
        let dropped = try #require(messages.first { $0["code"] == "DUPLICATE_GRID" })
        #expect(dropped["severity"] == "WARNING" && dropped["location"]?["cell"] == "U1")
        #expect(document["validation"]?["context"]?["can_promote"] == false)
    }

    @Test func `bad rows are exit status 2, and all of them are said in order`() throws {
        let path = Self.sample("morning-list.ods")
        let line = try #require(Self.run([path]))
        #expect(line.status == .partial && line.text == nil)
        let (check, shown) = try check(path)
        #expect(shown == check.report.finished)
        #expect(check.counters.failed == 9 && check.counters.created == 18)
        #expect(
            check.summary(file: "morning-list.ods", colour: Colour(isOn: false)).suffix(3) == [
                "read: 1 sheet, 27 rows; 18 of 27 good (66.67 %), 9 bad, 0 blank",
                "found: INVALID_VALUE 3, MISSING_REQUIRED_FIELD 3, UNKNOWN_SHIFT_TYPE 3, UNMAPPED_VALUE 7",
                "morning-list.ods: PARTIAL",
            ])
    }

    @Test func `every row is read however many are bad, and the thousandth message is the last before the note`() throws
    {
        let rows = ["2026-03-06,Night,1"] + (1...1500).map { _ in "2026-03-06,Technologist,1" }
        let (check, shown) = try Self.withFile("list.fods", Self.list(rows)) { try self.check($0) }
        #expect(check.counters.failed == 1500 && check.status == .partial)
        #expect(shown.count == 1001 && shown == check.report.finished)
        #expect(shown.last?.details == ["UNKNOWN_SHIFT_TYPE": "1500"])
        let document = check.document(file: "list.fods")
        #expect(document["messages"] == 1500 && document["counts"] == ["UNKNOWN_SHIFT_TYPE": 1500])
    }

    /// Files that cannot be used, and the code in the error's line.
    static let unusable: [(String, String, String)] = [
        ("list.fods", list(["2026-03-06,Technologist,1"]), "ODS_IMPORT_FAILED"),
        ("list.fods", "<o:document xmlns:o='x'>", "XML_READ_ERROR"),
        ("list.fods", "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", "XXE_ATTACK"),
        ("list.ods", "PK\u{3}\u{4} and nothing more", "FILE_READ_ERROR"), ("list.ods", "text", "INVALID_FILE_TYPE"),
        ("list.txt", "text", "INVALID_FILE_TYPE"),
    ]

    @Test(arguments: unusable)
    func `a file that cannot be used is exit status 65 with its code`(name: String, text: String, code: String) throws {
        for options in [[], ["--json"]] {
            let line = try Self.withFile(name, text) { Self.run([$0] + options) }
            #expect(line?.status == .unusableFile)
            #expect(line?.text?.hasPrefix("schedcu: error: \(code): ") == true, "\(line?.text ?? "")")
        }
    }

    @Test func `a missing file is exit status 66, a wrong option 64`() {
        #expect(Self.run(["/nowhere/list.ods"])?.status == .missingFile)
        #expect(Self.run([Self.sample("morning-list.ods"), "--zone", "Nowhere/None"])?.status == .usage)
        #expect(Self.run([Self.sample("morning-list.ods"), "--from", "2026-03-01"])?.status == .usage)
        #expect(Self.run([Self.sample("morning-list.ods"), "--vocabulary", "/nowhere/v.yaml"])?.status == .missingFile)
    }

    @Test func `a period rejects the rows outside of it`() {
        let period = ["--from", "2030-01-01", "--to", "2030-12-31"]
        #expect(Self.run([Self.sample("morning-list.ods")] + period)?.status == .unusableFile)
        #expect(Self.run([Self.sample("north-coverage.ods")] + period)?.status == nil)
    }

    @Test func `a vocabulary of one's own is what shift types are held against`() throws {
        let yaml = "- { code: TECH, label: Technologist, start: 8:00, end: 17:00, synonyms: [Technologist] }"
        try Self.withFile("vocabulary.yaml", yaml) { vocabulary in
            try Self.withFile("list.fods", Self.list(["2026-03-06,technologist,1"])) { list in
                #expect(Self.run([list, "--vocabulary", vocabulary])?.status == nil)
                #expect(Self.run([list])?.status == .unusableFile)
            }
        }
    }

    @Test func `nothing that is hidden in a workbook reaches the terminal`() throws {
        let list = Self.list(["2026-03-06,Night,1", "2026-03-06,\u{202E}thgiN\u{2066}x,1"])
            .replacing("\"List\"", with: "\"Li\u{202E}st\"")
        let (check, shown) = try Self.withFile("list.fods", list) { try self.check($0) }
        let message = try #require(shown.first)
        #expect(message.details?["actual"] == #"\u{202E}thgiN\u{2066}x"#)
        #expect(message.location?.sheet == #"Li\u{202E}st"#)
        let line = MessageLine.text(message.json, colour: Colour(isOn: false))
        #expect(!line.unicodeScalars.contains(where: ValidationMessage.isHidden))
        let text = check.document(file: "list.fods").jsonText
        #expect(!text.unicodeScalars.contains(where: ValidationMessage.isHidden))
        #expect(SafeText.line("a\u{202E}b\u{1B}c") == "a\u{FFFD}b\u{FFFD}c")
    }
}
