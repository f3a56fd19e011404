import Foundation
import Logging
import Postgres
import ScheduleModel
import ScheduleStore
import ScheduleTasks
import TaskEvents

/// Runs the phases of one delivery in order (domain 10).
///
/// Each phase claims its own ledger row. A phase that an earlier delivery finished answers with its stored report, so a retry
/// goes on with the first phase that is not done. Only the import of a sync is critical.
struct WorkflowRunner {
    let run: PhaseRun
    let onPhase: (Phase) -> Void

    /// What was done.
    struct Progress {
        var reports: [PhaseReport] = []
        var failed: [Phase] = []
        var statements: [Phase: Int] = [:]

        /// The version that the phases filled or read.
        var versionID: Identifier<ScheduleVersion>? { reports.lazy.compactMap(\.versionID).first }
    }

    func perform() async throws -> Progress {
        var progress = Progress()
        switch run.type {
        case .odsImport:
            try await perform(.ods, &progress) { try await ImportPhase(run: run).perform() }
        case .amionScrape:
            try await perform(.amion, &progress) { try await ScrapePhase(run: run).perform() }
        case .coverageCalculate:
            try await perform(.coverage, &progress) { try await CoveragePhase(run: run).perform() }
        case .scheduleSync:
            try await perform(.ods, &progress) { try await ImportPhase(run: run).perform() }
            // A dry run leaves no version that the later phases could work on.
            guard let version = progress.versionID else { break }
            try await attempt(.amion, &progress) { try await ScrapePhase(run: run, versionID: version).perform() }
            try await attempt(.coverage, &progress) { try await CoveragePhase(run: run, versionID: version).perform() }
        }
        return progress
    }

    /// Runs a phase whose failure fails the task.
    private func perform(
        _ phase: Phase, _ progress: inout Progress, _ body: () async throws -> PhaseReport
    ) async throws {
        onPhase(phase)
        run.reporter.phaseBegan(phase.rawValue)
        let counter = StatementCounter(run: run.task.taskID, phase: phase.rawValue)
        do {
            progress.reports.append(try await counter.counting(body))
        } catch is Superseded {
            throw Superseded()
        } catch {
            // Whatever a driver calls it: the run was interrupted, and only the queue knows why.
            guard !Task.isCancelled, !(error is CancellationError) else { throw CancellationError() }
            let failure = PhaseFailure(error, phase: phase)
            await record(failure, phase: phase)
            throw failure
        }
        progress.statements[phase] = counter.counts.phaseCount
        run.reporter.phaseEnded(phase.rawValue, statements: counter.counts.phaseCount)
    }

    /// Runs a phase whose failure is a warning, unless somebody had cancelled it for good.
    private func attempt(
        _ phase: Phase, _ progress: inout Progress, _ body: () async throws -> PhaseReport
    ) async throws {
        do {
            try await perform(phase, &progress, body)
        } catch let failure as PhaseFailure where failure.code != PhaseFailure.cancelled {
            progress.failed.append(phase)
            run.reporter.log(level: "warning", message: "the \(phase.rawValue) phase failed: \(failure)")
            let message = ValidationMessage(.warning, failure.code, failure.message, field: phase.rawValue)
            run.reporter.errors([.message(message)])
        }
    }

    private func record(_ failure: PhaseFailure, phase: Phase) async {
        guard !run.payload.isDryRun, !failure.isRecorded else { return }
        do {
            try await run.services.store.recordFailure(
                task: run.task, phase: phase.rawValue, hospitalID: run.hospital.id, status: .failed, code: failure.code,
                message: failure.message)
        } catch {
            run.services.logger.warning("a failure could not be recorded", metadata: ["error": "\(error)"])
        }
    }
}
