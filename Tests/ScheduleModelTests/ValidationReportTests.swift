import Foundation
import ScheduleModel
import Testing

@Suite struct ValidationReportTests {
    private func message(_ severity: Severity, _ code: ValidationCode, row: Int? = nil) -> ValidationMessage {
        ValidationMessage(
            severity, code, "text", location: row.map { MessageLocation(row: $0) },
            timestamp: Date(timeIntervalSince1970: 0))
    }

    @Test func `a thousand messages are kept whole, in discovery order, without a note`() {
        var report = ValidationReport()
        for row in 1...1000 { report.append(message(.error, "INVALID_VALUE", row: row)) }
        #expect(report.finished.count == 1000)
        #expect(report.finished.compactMap { $0.location?.row } == Array(1...1000))
    }

    @Test func `past a thousand one note carries the exact counts of every code`() throws {
        var report = ValidationReport()
        for row in 1...1500 { report.append(message(.error, "INVALID_VALUE", row: row)) }
        for row in 1...7 { report.append(message(.warning, "DUPLICATE_ENTRY", row: row)) }
        report.append(message(.error, "ERROR_RATE_EXCEEDED"))
        #expect(report.messages.count == 1000)
        #expect(report.finished.count == 1001)
        let note = try #require(report.finished.last)
        #expect(note.code == "MESSAGES_TRUNCATED" && note.severity == .info)
        #expect(
            note.details == ["INVALID_VALUE": "1500", "DUPLICATE_ENTRY": "7", "ERROR_RATE_EXCEEDED": "1"])
        #expect(report.total == 1508)
        #expect(report.counts["INVALID_VALUE"] == 1500)
        #expect(report.severityCounts == [.error: 1501, .warning: 7])
        // The phase error came after the limit and still counts.
        #expect(!report.canImport)
    }

    @Test func `a phase error stops the import, row errors and warnings only the promotion, notes nothing`() {
        var report = ValidationReport()
        #expect(report.canImport && report.canPromote && report.finished.isEmpty)
        report.append(message(.info, "DUPLICATE_BATCH"))
        #expect(report.canImport && report.canPromote)
        report.append(message(.warning, "DUPLICATE_ENTRY", row: 3))
        #expect(report.canImport && !report.canPromote)
        report.append(message(.error, "INVALID_VALUE", row: 3))
        #expect(report.canImport && !report.canPromote)
        report.append(message(.error, "NO_VALID_SHEETS"))
        #expect(!report.canImport && !report.canPromote)
    }

    @Test(arguments: [
        (0, 0, 100.0, Outcome.success), (27, 18, 66.67, .partial), (5, 0, 0, .failed), (3, 3, 100, .success),
    ])
    func `the outcome and the success rate follow from the rows`(
        total: Int, created: Int, rate: Double, outcome: Outcome
    ) {
        var counters = RowCounters()
        counters.total = total
        counters.created = created
        counters.failed = total - created
        #expect(counters.successRate == rate)
        #expect(counters.outcome == outcome)
    }
}
