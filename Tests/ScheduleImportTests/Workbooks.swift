import Foundation
import ODS
import ScheduleImport
import ScheduleModel
import Testing

/// Workbooks for tests: the shipped samples, and small ones written as flat XML.
enum Workbooks {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// A shipped sample.
    static func sample(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: root.appending(path: "ops/samples/\(name)")))
    }

    /// A flat workbook of sheets of rows of text cells; an empty text is an empty cell.
    static func flat(_ sheets: [(name: String, rows: [[String]])]) -> [UInt8] {
        func escaped(_ text: String) -> String {
            text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
        }
        let tables = sheets.map { sheet in
            let rows = sheet.rows.map { row in
                "<t:table-row>"
                    + row.map { text in
                        text.isEmpty ? "<t:table-cell/>" : "<t:table-cell><x:p>\(escaped(text))</x:p></t:table-cell>"
                    }.joined() + "</t:table-row>"
            }
            return "<t:table t:name=\"\(escaped(sheet.name))\">\(rows.joined())</t:table>"
        }
        let document = """
            <o:document xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
              xmlns:t="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
              xmlns:x="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
              o:mimetype="application/vnd.oasis.opendocument.spreadsheet"><o:body><o:spreadsheet>\(tables.joined())\
            </o:spreadsheet></o:body></o:document>
            """
        return Array(document.utf8)
    }

    /// A committed fixture.
    static func fixture(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: root.appending(path: "Tests/Fixtures/\(name)")))
    }

    /// A hospital with the initial vocabulary and more in New York.
    static func hospital(
        holidays: Set<LocalDate> = [], adding types: [ShiftType] = [], settings: HospitalSettings = HospitalSettings()
    ) throws -> HospitalContext {
        HospitalContext(
            id: Identifier(DeterministicID.uuid("test hospital")), code: "NORTH",
            zone: try #require(ScheduleZone("America/New_York")), holidays: holidays,
            vocabulary: try ShiftVocabulary(ShiftType.initial + types), settings: settings)
    }

    /// A hospital's settings as Postgres keeps them.
    static func settings(_ json: String) throws -> HospitalSettings {
        try JSONDecoder().decode(HospitalSettings.self, from: Data(json.utf8))
    }

    /// Reads a workbook as if today were 2026-03-06.
    static func read(
        _ bytes: [UInt8], layout: ImportOptions.Layout = .auto, range: DateRange? = nil, maxErrorRate: Double = 0.5,
        hospital: HospitalContext? = nil
    ) throws -> ScheduleDraft {
        let today = try #require(LocalDate("2026-03-06"))
        let options = ImportOptions(layout: layout, range: range, maxErrorRate: maxErrorRate, today: today)
        return try ScheduleImporter(context: hospital ?? self.hospital(), options: options).read(bytes)
    }

    /// An importer for the hospital as if today were 2026-03-06.
    static func importer() throws -> ScheduleImporter {
        ScheduleImporter(
            context: try hospital(), options: ImportOptions(today: try #require(LocalDate("2026-03-06"))))
    }

    /// A period.
    static func range(_ start: String, _ end: String) throws -> DateRange {
        let (first, last) = (try #require(LocalDate(start)), try #require(LocalDate(end)))
        return try #require(DateRange(first, last))
    }
}

extension ValidationReport {
    /// How many messages of a code were found.
    func count(_ code: ValidationCode) -> Int { counts[code, default: 0] }
    /// The messages of a code.
    func messages(_ code: ValidationCode) -> [ValidationMessage] { messages.filter { $0.code == code } }
}
