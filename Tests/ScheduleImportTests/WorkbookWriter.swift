import ODS
import ScheduleImport
import ScheduleModel
import Testing

/// A workbook that a test writes cell by cell.
struct WorkbookWriter {
    /// One cell as a spreadsheet program writes it.
    enum Cell: ExpressibleByStringLiteral {
        /// Text; none makes an empty cell.
        case text(String)
        /// A number as stored and as shown.
        case number(String, shown: String)
        /// A date as stored; it shows as something else.
        case date(String)
        /// A time of day as stored.
        case time(String)
        /// So many empty cells in one element.
        case empties(Int)
        /// The same text so many times in one element.
        case repeated(String, Int)

        init(stringLiteral text: String) { self = .text(text) }

        fileprivate var xml: String {
            switch self {
            case .text(""): "<t:table-cell/>"
            case .text(let text): "<t:table-cell>\(Self.paragraph(text))</t:table-cell>"
            case .number(let value, let shown):
                "<t:table-cell o:value-type=\"float\" o:value=\"\(value)\">\(Self.paragraph(shown))</t:table-cell>"
            case .date(let value):
                "<t:table-cell o:value-type=\"date\" o:date-value=\"\(value)\"><x:p>6 Mar</x:p></t:table-cell>"
            case .time(let value):
                "<t:table-cell o:value-type=\"time\" o:time-value=\"\(value)\"><x:p>5 pm</x:p></t:table-cell>"
            case .empties(let count): "<t:table-cell t:number-columns-repeated=\"\(count)\"/>"
            case .repeated(let text, let count):
                "<t:table-cell t:number-columns-repeated=\"\(count)\">\(Self.paragraph(text))</t:table-cell>"
            }
        }

        private static func paragraph(_ text: String) -> String { "<x:p>\(WorkbookWriter.escaped(text))</x:p>" }
    }

    /// One row, perhaps several times.
    struct Row: ExpressibleByArrayLiteral {
        var cells: [Cell]
        var count = 1

        init(arrayLiteral cells: Cell...) { self.cells = cells }
        init(_ cells: [Cell], count: Int = 1) { (self.cells, self.count) = (cells, count) }
    }

    var sheets: [(name: String, rows: [Row])]

    init(_ sheets: (String, [Row])...) { self.sheets = sheets.map { ($0.0, $0.1) } }

    /// A dated list of one sheet; every row has date, shift type, head count, specialty and study.
    static func list(_ rows: [Row]) -> WorkbookWriter {
        WorkbookWriter(
            ("Sheet1", [["Date", "ShiftType", "RequiredStaffing", "SpecialtyConstraint", "StudyType"]] + rows))
    }

    /// The workbook as flat XML.
    var flat: [UInt8] {
        let tables = sheets.map { sheet in
            let rows = sheet.rows.map { row in
                let repeats = row.count == 1 ? "" : " t:number-rows-repeated=\"\(row.count)\""
                return "<t:table-row\(repeats)>\(row.cells.map(\.xml).joined())</t:table-row>"
            }
            return "<t:table t:name=\"\(Self.escaped(sheet.name))\">\(rows.joined())</t:table>"
        }
        return Array(Self.document(tables.joined()).utf8)
    }

    /// The workbook as an archive with its content stored.
    var archive: [UInt8] { StoredZip.archive([("mimetype", []), ("content.xml", flat)]) }

    /// A document with that inside its spreadsheet.
    static func document(_ inner: String, prolog: String = "") -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>\(prolog)
        <o:document xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
          xmlns:t="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
          xmlns:x="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
          o:mimetype="application/vnd.oasis.opendocument.spreadsheet"><o:body><o:spreadsheet>\(inner)</o:spreadsheet></o:body>
        </o:document>
        """
    }

    fileprivate static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
            .replacing("\u{a0}", with: "&#xA0;")
    }
}

/// Writes archives whose members are stored.
enum StoredZip {
    /// An archive of named members.
    static func archive(_ members: [(name: String, content: [UInt8])]) -> [UInt8] {
        var local: [UInt8] = []
        var central: [UInt8] = []
        for member in members {
            let name = Array(member.name.utf8)
            let size = little(UInt32(member.content.count), 4)
            let common =
                little(20, 2) + little(0, 2) + little(0, 2) + little(0, 4) + little(checksum(member.content), 4) + size
                + size + little(UInt32(name.count), 2) + little(0, 2)
            central += little(0x0201_4b50, 4) + little(20, 2) + common + little(0, 6) + little(0, 4)
            central += little(UInt32(local.count), 4) + name
            local += little(0x0403_4b50, 4) + common + name + member.content
        }
        let count = little(UInt32(members.count), 2)
        return local + central + little(0x0605_4b50, 4) + little(0, 4) + count + count
            + little(UInt32(central.count), 4) + little(UInt32(local.count), 4) + little(0, 2)
    }

    private static func little(_ value: UInt32, _ bytes: Int) -> [UInt8] {
        (0..<bytes).map { $0 < 4 ? UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) : 0 }
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var remainder = UInt32.max
        for byte in bytes {
            remainder ^= UInt32(byte)
            for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0xEDB8_8320 : remainder >> 1 }
        }
        return ~remainder
    }
}

extension Workbooks {
    /// Everything that reading a workbook says, whether it can be imported or not.
    static func messages(
        _ bytes: [UInt8], range: DateRange? = nil, maxErrorRate: Double = 1, limits: ODSLimits = ODSLimits(),
        cpuClock: (@Sendable () -> Duration)? = nil
    ) throws -> [ValidationMessage] {
        let today = try #require(LocalDate("2026-03-06"))
        let options = ImportOptions(range: range, maxErrorRate: maxErrorRate, today: today)
        let importer = ScheduleImporter(
            context: try hospital(), options: options, reader: ODSReader(limits: limits, cpuClock: cpuClock))
        do {
            return try importer.read(bytes).report.finished
        } catch let failure as ImportFailure {
            #expect(failure.report.finished.last == failure.message || failure.report.total > 1000)
            return failure.report.finished
        }
    }
}
