package import ScheduleModel

/// What an import is asked to do.
package struct ImportOptions: Sendable {
    /// Which layout is demanded.
    package enum Layout: String, Sendable, Codable, Hashable {
        /// Whichever the content has.
        case auto
        /// Layout A or nothing.
        case list
        /// Layout B or nothing.
        case grid
    }

    /// The layout that is demanded.
    package var layout: Layout
    /// The target version's range, or the payload's; `nil` takes the layout's default (domain 3.5).
    package var range: DateRange?
    /// The share of rejected rows above which the import stops, once 20 rows were read; 1 disables it.
    package var maxErrorRate: Double
    /// The day it is at the hospital: layout B's default range starts with its month.
    package var today: LocalDate
    /// Whether the draft holds the slots; without them it only counts them, and memory does not grow with the workbook.
    package var keepsShifts: Bool

    /// Gathers options.
    package init(
        layout: Layout = .auto, range: DateRange? = nil, maxErrorRate: Double = 0.5, today: LocalDate,
        keepsShifts: Bool = true
    ) {
        self.layout = layout
        self.range = range
        self.maxErrorRate = maxErrorRate
        self.today = today
        self.keepsShifts = keepsShifts
    }
}

extension ImportOptions {
    /// Rows that must have been read before the error rate can stop the import (domain 2).
    private static let rowsBeforeErrorRate = 20

    /// Stops the import once more than the allowed share of the rows is bad.
    func checkErrorRate(_ counters: RowCounters) throws {
        guard counters.total >= Self.rowsBeforeErrorRate, maxErrorRate < 1,
            Double(counters.failed) > maxErrorRate * Double(counters.total)
        else { return }
        throw PhaseError(
            "ERROR_RATE_EXCEEDED",
            "\(counters.failed) of the first \(counters.total) rows are bad, more than the allowed share of "
                + "\(maxErrorRate). correct the workbook, or allow more",
            details: ["expected": "at most \(maxErrorRate)", "actual": "\(counters.failed) of \(counters.total)"])
    }
}

/// Why an import produced nothing: a phase error of domain 4.3, with all that was found before it.
package struct ImportFailure: Error, Sendable, CustomStringConvertible {
    /// The phase error.
    package let message: ValidationMessage
    /// Everything found, ``message`` included.
    package let report: ValidationReport
    /// Rows by fate until then.
    package let counters: RowCounters
    /// What was read until then.
    package let facts: WorkbookFacts

    /// The code and one sentence; no cell's content but what the message quotes.
    package var description: String { "\(message.code.rawValue): \(message.message)" }
}

/// A phase error on its way out of the reader.
struct PhaseError: Error {
    let message: ValidationMessage

    init(
        _ code: ValidationCode, _ text: String, field: String? = nil, location: MessageLocation? = nil,
        details: [String: String]? = nil
    ) {
        message = ValidationMessage(.error, code, text, field: field, location: location, details: details)
    }
}

/// How far a workbook is read.
package struct ImportProgress: Sendable, Hashable {
    /// Bytes of the workbook's compressed content used up.
    package var bytesRead: Int
    /// All bytes of it.
    package var bytesTotal: Int
    /// Rows by fate so far.
    package var rows: RowCounters
}
