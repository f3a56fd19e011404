import ConcurrencySupport
import ScheduleModel
import TaskEvents

/// Publishes what a phase finds the moment it is found, so that in the end the stream and the stored report are the same.
///
/// Both hold the first ``ValidationReport/keptMessages`` messages and then, where there were more, one MESSAGES_TRUNCATED
/// with the counts of every code; the last event's `total` is exact (domain 4.1, F2).
final class FindingStream: Sendable {
    private let reporter: TaskReporter
    private let state = LockedValue(State())

    private struct State {
        var report = ValidationReport()
        var hasEnded = false
    }

    init(_ reporter: TaskReporter) {
        self.reporter = reporter
    }

    /// A message was found.
    func found(_ message: ValidationMessage) {
        let isKept = state.withLock { state in
            state.report.append(message)
            return state.report.total <= ValidationReport.keptMessages
        }
        if isKept { reporter.errors([.message(message)]) }
    }

    /// Nothing more will be found; a second call does nothing.
    func ended() {
        let report: ValidationReport? = state.withLock { state in
            defer { state.hasEnded = true }
            return state.hasEnded ? nil : state.report
        }
        guard let report, let note = report.finished.last else { return }
        let unsent = report.total - report.messages.count
        if unsent > 0 { reporter.errors([.message(note)], unsent: unsent) }
    }
}
