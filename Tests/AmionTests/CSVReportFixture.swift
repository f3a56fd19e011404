import Amion
import ScheduleModel
import Testing

/// Reports of March 2026 and what is read of them.
struct CSVReportFixture {
    static let preamble = """
        Assignments for 3-1-26 to 4-1-26     (as of Mar 6 02:00 2026 US ET)
        Field  1 -  3: Staff name, unique ID, backup ID
        Field  4 -  6: Assignment name, unique ID, backup ID
        Field  7 -  9: Date and time of assignment (GMTO=5 1 1 Eastern)
        Field 10 - 13: Staff type, pager, tel, email
        Field 14 - 15: Messagable, shift note
        Field 16 - 17: Assignment type, grouping


        """
    static let evening = #""Quill, Ada",41,12,"MidC",7,3,3-6-26,1700,0000,"Attending",,,,1,,"o","Evening""#
    static let night = #""Tarn, Ben",42,13,"ON1",9,4,3-7-26,0000,0800,"Attending",,,,1,,"o","Overnight""#

    /// A report with the usual preamble and those records.
    static func report(_ records: String...) -> String { preamble + records.map { $0 + "\n" }.joined() }

    static func read(
        _ report: String, options: CSVReportOptions = CSVReportOptions(), month: String = "2026-03-01"
    ) throws -> MonthResult {
        try read(bytes: Array(report.utf8), options: options, month: month)
    }

    /// Reads a report that comes in pieces of that many bytes.
    static func read(
        bytes: [UInt8], charset: String? = nil, options: CSVReportOptions = CSVReportOptions(),
        month: String = "2026-03-01", pieceBytes: Int = 4_096
    ) throws -> MonthResult {
        var reader = CSVReportReader(
            month: try #require(LocalDate(month)), vocabulary: try ShiftVocabulary(ShiftType.initial),
            options: options, httpCharset: charset)
        for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
            try reader.feed(Array(bytes[start..<min(start + pieceBytes, bytes.count)]))
        }
        return try reader.finish()
    }

    /// The failure that reading ends with.
    static func failure(_ report: String, options: CSVReportOptions = CSVReportOptions()) -> MonthFailure? {
        do {
            _ = try read(report, options: options)
            return nil
        } catch {
            return error as? MonthFailure
        }
    }
}
