import QueueTestWorker
import Testing

@testable import TaskQueue

/// A running task that is cancelled for good while its worker or the canceller dies or stands still, at every step.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct CancelFaultTests {
    @Test(arguments: CancelRun.Step.allCases, CancelRun.Fault.allCases)
    func `a cancelled task ends in the archive once and runs no more, whoever dies or stands still at any step`(
        step: CancelRun.Step, fault: CancelRun.Fault
    ) async throws {
        let report = try await CancelRun.report(at: step, fault)
        #expect(report.violations.isEmpty, "\(report.violations)\n\(report.log.suffix(4000))")
        let replay = report.checker.replay
        let changes = try #require(replay.transitions[CancelRun.id])
        #expect(changes.last?.to == .archived && changes.last?.error == TaskInspector.cancelledText)
        #expect(changes.count { $0.to == .archived } == 1 && !changes.contains { $0.to == .retry }, "\(changes)")
        #expect(report.checker.snapshot.tasks.mapValues { $0["state"] } == [CancelRun.id: "archived"])
        let totals = report.checker.snapshot.counters.filter { !$0.key.contains("-") }.map(\.value)
        #expect(totals == [1, 1], "processed and failed once: \(report.checker.snapshot.counters)")
        let isKilled = step.isOfCanceller && fault == .kill
        #expect(report.canceller == (isKilled ? .killed(9) : .exited(Canceller.Status.cancelled.rawValue)))
    }
}
