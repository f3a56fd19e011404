import ODS
import ScheduleImport
import ScheduleModel
import Synchronization
import Testing

/// Every code that a file as a whole can raise (domain 3.6 and 4.3), provoked by a file.
@Suite struct FileCodeTests {
    static let good = WorkbookWriter.list([["2026-03-06", "Night", "1"]])

    /// A file that nothing can be read of.
    struct Unusable: Sendable, CustomTestStringConvertible {
        let code: ValidationCode
        let reason: String
        var failure: ODSReadFailure?
        var limits = ODSLimits()
        let bytes: @Sendable () -> [UInt8]

        var testDescription: String { "\(code.rawValue): \(reason)" }
    }

    static let unusable = [
        Unusable(code: "FILE_READ_ERROR", reason: "neither a zip archive nor XML", failure: .otherFileType) {
            Array("hello".utf8)
        },
        Unusable(code: "FILE_READ_ERROR", reason: "", failure: .damagedArchive) {
            Array(good.archive.dropLast(30))
        },
        Unusable(code: "MISSING_CONTENT_XML", reason: "content.xml") { StoredZip.archive([("mimetype", [])]) },
        Unusable(code: "XML_READ_ERROR", reason: "line ") {
            StoredZip.archive([("content.xml", Array(good.flat.dropLast(40)))])
        },
        Unusable(code: "XXE_ATTACK", reason: "document type") {
            let document = WorkbookWriter.document(
                "<t:table/>", prolog: "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>")
            return StoredZip.archive([("content.xml", Array(document.utf8))])
        },
        Unusable(code: "ZIP_BOMB", reason: "content.xml", limits: limits { $0.inflatedBytes = 200 }) { good.archive },
        Unusable(code: "FILE_TOO_LARGE", reason: "the limit is 100", limits: limits { $0.fileBytes = 100 }) {
            good.archive
        },
    ]

    static func limits(_ change: (inout ODSLimits) -> Void) -> ODSLimits {
        var limits = ODSLimits()
        change(&limits)
        return limits
    }

    @Test(arguments: unusable)
    func `an unusable file is one error without a row, with the reason`(file: Unusable) throws {
        let found = try Workbooks.messages(file.bytes(), limits: file.limits)
        #expect(found.map(\.code) == [file.code])
        let message = try #require(found.first)
        #expect(message.isPhaseError)
        #expect(message.message.contains(file.reason), "\(message)")
        #expect(message.details?["reason"] == file.failure?.rawValue)
    }

    @Test func `a file that takes too long is PARSE_FAILED`() throws {
        let looks = Atomic(0)
        let clock: @Sendable () -> Duration = {
            .seconds(31 * looks.wrappingAdd(1, ordering: .relaxed).oldValue)
        }
        let found = try Workbooks.messages(Self.good.flat, cpuClock: clock)
        #expect(found.map(\.code) == ["PARSE_FAILED"])
    }

    @Test(arguments: [
        WorkbookWriter(("Tea", [["Cups", "Date"], ["4", "2026-03-06"]])), WorkbookWriter(("Tea", [])), WorkbookWriter(),
        WorkbookWriter(("_Mid 5 pm - 6 pm", [["", "MidC"], ["NORTH US", "x"]])),
    ])
    func `a workbook of neither layout is INVALID_FILE_FORMAT`(workbook: WorkbookWriter) throws {
        #expect(try Workbooks.messages(workbook.flat).map(\.code).last == "INVALID_FILE_FORMAT")
    }

    @Test func `a list without a required column is MISSING_COLUMN with the header that it has`() throws {
        let workbook = WorkbookWriter(("Plan", [["Date", "Shift", "Notes"], ["2026-03-06", "Night", ""]]))
        let message = try #require(try Workbooks.messages(workbook.flat).first)
        #expect(message.code == "MISSING_COLUMN" && message.isPhaseError)
        #expect(message.location == MessageLocation(sheet: "Plan") && message.field == "RequiredStaffing")
        #expect(message.details == ["expected": "RequiredStaffing", "actual": "Date, Shift, Notes"])
    }

    @Test func `a coverage workbook with nothing to use is NO_VALID_SHEETS after its warnings`() throws {
        let workbook = WorkbookWriter(("Mid 5 pm - 6 pm", [["", "MidC"]]), ("Budget", [["Tea"]]))
        let found = try Workbooks.messages(workbook.archive)
        #expect(found.map(\.code) == ["EMPTY_COVERAGE_GRID", "INVALID_SHEET_NAME", "NO_VALID_SHEETS"])
    }

    /// Limits that cut, and where.
    static let cuts: [(ODSLimits, String, MessageLocation)] = [
        (limits { $0.rows = 2 }, "rows", MessageLocation(sheet: "Sheet1", row: 3)),
        (limits { $0.columns = 4 }, "columns", .cell(sheet: "Sheet1", row: 1, column: 5)),
        (limits { $0.cellTextBytes = 20 }, "cellText", .cell(sheet: "Sheet1", row: 4, column: 4)),
        (limits { $0.sheets = 1 }, "sheets", MessageLocation(sheet: "More")),
    ]

    @Test(arguments: cuts)
    func `what is beyond the reader's limits is cut with LIMIT_TRUNCATED`(
        limits: ODSLimits, name: String, location: MessageLocation
    ) throws {
        var workbook = WorkbookWriter.list([
            .init(["2026-03-06", "Night", "1"], count: 2), ["2026-03-07", "Night", "1", "BODY_ONLY BODY_ONLY B"],
        ])
        workbook.sheets.append(("More", []))
        let found = try Workbooks.messages(workbook.flat, limits: limits).filter { $0.code == "LIMIT_TRUNCATED" }
        #expect(found.map(\.severity) == [.warning])
        #expect(found.map(\.location) == [location])
        #expect(found.map(\.details) == [["limit": name]])
        #expect(try !Workbooks.messages(workbook.flat).contains { $0.code == "LIMIT_TRUNCATED" })
    }
}
