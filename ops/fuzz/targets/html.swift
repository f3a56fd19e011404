// modules: SAX ScheduleModel Amion:Reading:ScheduleSource.swift
import Amion
import ScheduleModel

/// Any bytes as a month page: what is read keeps the reader's promises, and is the same however the page is cut and
/// whether or not libxml2 reads all of it.
///
/// The first byte chooses what HTTP says of the encoding and how long the pieces are.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTML(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard count > 1, let start else { return 0 }
    let page = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    let charset = charsets[Int(start[0]) % charsets.count]
    let whole = read(page, charset, pieceBytes: page.count)
    let pieces = read(page, charset, pieceBytes: 1 + Int(start[0]) / charsets.count)
    precondition(whole == pieces, "pieces read otherwise than the whole:\n\(whole)\n\(pieces)")
    let slow = read(page, charset, pieceBytes: page.count, usesLibXML2Only: true)
    precondition(whole == slow, "libxml2 alone reads otherwise:\n\(whole)\n\(slow)")
    return 0
}

private let charsets = [nil, "utf-8", "iso-8859-1", "iso-8859-2", "utf-16", "none"]
private let march = LocalDate(dayNumber: 20_513)
private let vocabulary: ShiftVocabulary? = try? ShiftVocabulary(ShiftType.initial)

private func read(_ page: [UInt8], _ charset: String?, pieceBytes: Int, usesLibXML2Only: Bool = false) -> [String] {
    guard let vocabulary else { preconditionFailure("the vocabulary of a new hospital is none") }
    let reader = MonthPageReader(
        month: march, vocabulary: vocabulary, httpCharset: charset, usesLibXML2Only: usesLibXML2Only)
    do throws(MonthFailure) {
        for start in stride(from: 0, to: page.count, by: pieceBytes) {
            try reader.feed(Array(page[start..<min(start + pieceBytes, page.count)]))
        }
        return lines(try reader.finish(), pageBytes: page.count)
    } catch {
        precondition(error.month == march && !error.cause.isEmpty, "a failure without words")
        return ["\(error)"]
    }
}

/// Writes down a month, and checks what holds of every month.
private func lines(_ result: MonthResult, pageBytes: Int) -> [String] {
    precondition(result.rows.count + result.duplicates + result.openSlots + result.messages.count <= 8 * pageBytes)
    precondition(result.asOf.map { $0.utf8.count <= 64 } ?? true, "a long stamp")
    for row in result.rows {
        precondition(row.date.firstOfMonth == march && row.sourceRow > 0, "a row of another month")
        precondition(!row.role.isEmpty && !row.name.isEmpty && row.location != "", "a row without a text")
        precondition(row.window.endSeconds - row.window.startSeconds <= 86_400, "a shift of more than a day")
    }
    precondition(Set(result.rows.map { "\($0.date)|\($0.role)|\($0.window)|\($0.location ?? "")|\($0.name)" }).count
        == result.rows.count, "a row twice")
    let messages = result.messages.map { "\($0.severity) \($0.code.rawValue) \($0.location?.cell ?? "-") \($0.field ?? "-")" }
    return result.rows.map { "\($0)" } + messages
        + ["\(result.asOf ?? "-") \(result.openSlots) \(result.duplicates)"]
}
