import Amion
import ScheduleModel
import Testing

/// Pages of March 2026 and what is read of them.
struct MonthPageFixture {
    static let header =
        "<thead><tr><th>Date</th><th>Position</th><th>Start Time</th><th>End Time</th><th>Location</th>"
        + "<th>Required Staff</th><th>Staff</th></tr></thead>"
    static let cells = ["2026-03-02", "MidC", "17:00", "00:00", "Room 4", "1", "Quill, Ada"]

    /// A page with the usual header and those rows.
    static func page(_ rows: String...) -> String {
        "<html><body><table>\(header)<tbody>\(rows.joined())</tbody></table></body></html>"
    }

    /// A data row of seven cells, some of them replaced by column from 0.
    static func row(_ changes: [Int: String] = [:], attributes: String = "") -> String {
        let cells = cells.enumerated().map { "<td>\(changes[$0.offset] ?? $0.element)</td>" }
        return "<tr \(attributes)>\(cells.joined())</tr>"
    }

    static func read(_ page: String) throws -> MonthResult { try read(bytes: Array(page.utf8)) }

    /// Reads a page that comes in pieces of that many bytes.
    static func read(bytes: [UInt8], charset: String? = nil, pieceBytes: Int = 4_096) throws -> MonthResult {
        let month = try #require(LocalDate("2026-03-01"))
        let reader = MonthPageReader(
            month: month, vocabulary: try ShiftVocabulary(ShiftType.initial), httpCharset: charset)
        for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
            try reader.feed(Array(bytes[start..<min(start + pieceBytes, bytes.count)]))
        }
        return try reader.finish()
    }

    /// The code of the failure that reading ends with.
    static func failure(_ page: String) -> ValidationCode? {
        do {
            _ = try read(page)
            return nil
        } catch {
            return (error as? MonthFailure)?.code
        }
    }
}

extension MonthResult {
    /// What each row says, in one line.
    var lines: [String] {
        rows.map { "\($0.date) \($0.role) \($0.window) \($0.location ?? "-") \($0.name)" }
    }
}

/// What the example row of the specification says.
let exampleLine = "2026-03-02 MidC 17:00–00:00+1 Room 4 Quill, Ada"
