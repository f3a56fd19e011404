// modules: SAX ScheduleModel Amion:Reading:ScheduleSource.swift
import Amion
import ScheduleModel

/// Any bytes as a report: what is read keeps the reader's promises, and is the same however the report is cut.
///
/// The first byte chooses what HTTP says of the encoding and how long the pieces are.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCSV(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard count > 1, let start else { return 0 }
    let report = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    let charset = charsets[Int(start[0]) % charsets.count]
    let whole = read(report, charset, pieceBytes: report.count)
    let pieces = read(report, charset, pieceBytes: 1 + Int(start[0]) / charsets.count)
    precondition(whole == pieces, "pieces read otherwise than the whole:\n\(whole)\n\(pieces)")
    return 0
}

private let charsets = [nil, "utf-8", "iso-8859-1", "utf-16"]
private let march = LocalDate(dayNumber: 20_513)
private let vocabulary: ShiftVocabulary? = try? ShiftVocabulary(ShiftType.initial)

private func read(_ report: [UInt8], _ charset: String?, pieceBytes: Int) -> [String] {
    guard let vocabulary else { preconditionFailure("the vocabulary of a new hospital is none") }
    var reader = CSVReportReader(
        month: march, vocabulary: vocabulary, options: CSVReportOptions(assignmentTypes: ["o"]), httpCharset: charset)
    do throws(MonthFailure) {
        for start in stride(from: 0, to: report.count, by: pieceBytes) {
            try reader.feed(Array(report[start..<min(start + pieceBytes, report.count)]))
        }
        return lines(try reader.finish())
    } catch {
        precondition(error.month == march && !error.cause.isEmpty, "a failure without words")
        return ["\(error)"]
    }
}

/// Writes down a month, and checks what holds of every month.
private func lines(_ result: MonthResult) -> [String] {
    for row in result.rows {
        precondition(row.date.firstOfMonth == march && row.sourceRow > 0, "a row of another month")
        precondition(!row.role.isEmpty && !row.name.isEmpty && row.location == nil, "a row without a text")
        precondition(row.window.endSeconds - row.window.startSeconds <= 86_400, "a shift of more than a day")
    }
    let messages = result.messages.map { "\($0.code.rawValue) \($0.location?.cell ?? "-") \($0.field ?? "-")" }
    return result.rows.map { "\($0)" } + messages
        + ["\(result.asOf ?? "-") \(result.openSlots) \(result.duplicates)"]
}
