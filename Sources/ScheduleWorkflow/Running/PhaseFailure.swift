import ScheduleImport
import ScheduleModel
import ScheduleStore
import ScheduleTasks

/// Why a phase failed, in the form in which the ledger, the events and the queue want it.
struct PhaseFailure: Error, CustomStringConvertible {
    /// A user had cancelled the task: nothing of it may run again.
    static let cancelled: ValidationCode = "CANCELLED"

    let code: ValidationCode
    let message: String
    /// Whether another try with the same task may succeed.
    let isRetriable: Bool
    /// Whether the ledger knows of it already.
    var isRecorded: Bool

    init(_ code: ValidationCode, _ message: String, isRetriable: Bool, isRecorded: Bool = false) {
        self.code = code
        self.message = message
        self.isRetriable = isRetriable
        self.isRecorded = isRecorded
    }

    /// Files any error under a code: what the task or the workbook says is final, everything else may pass.
    init(_ error: any Error, phase: Phase) {
        switch error {
        case let failure as PhaseFailure:
            self = failure
        case let failure as ImportFailure:
            self.init(failure.message.code, failure.message.message, isRetriable: false)
        case let error as StoreError:
            self.init(error.code, error.message, isRetriable: error.isRetriable)
        case let error as PayloadError:
            self.init("INVALID_PAYLOAD", error.description, isRetriable: false)
        default:
            self.init(Self.unclassified[phase] ?? "UNKNOWN_ERROR", String(describing: error), isRetriable: true)
        }
    }

    private static let unclassified: [Phase: ValidationCode] = [
        .ods: "ODS_IMPORT_FAILED", .amion: "FAILED_TO_SCRAPE", .coverage: "COVERAGE_CALC_ERROR",
    ]

    var description: String { "\(code.rawValue): \(message)" }
}
