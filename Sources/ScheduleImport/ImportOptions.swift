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

    /// Gathers options.
    package init(layout: Layout = .auto, range: DateRange? = nil, maxErrorRate: Double = 0.5, today: LocalDate) {
        self.layout = layout
        self.range = range
        self.maxErrorRate = maxErrorRate
        self.today = today
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

    /// The code and one sentence; no cell's content but what the message quotes.
    package var description: String { "\(message.code.rawValue): \(message.message)" }
}

/// A phase error on its way out of the reader.
struct PhaseError: Error {
    let message: ValidationMessage

    init(_ code: ValidationCode, _ text: String, location: MessageLocation? = nil, details: [String: String]? = nil) {
        message = ValidationMessage(.error, code, text, location: location, details: details)
    }
}
