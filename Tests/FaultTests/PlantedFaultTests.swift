import QueueTestWorker
import Testing

/// The fault test finds the faults that it is there for.
///
/// Each fault is planted in the workers of a sequence that brings it to light; the same sequence without it shows nothing,
/// so that it is the fault that was found.
@Suite(.timeLimit(.minutes(5)))
struct PlantedFaultTests {
    /// A worker stops for so long that another has taken its task over and works on it when it goes on.
    static let staleHolder = FaultSequence(
        seed: 0, workerCount: 2,
        enqueues: [
            Paced(
                pauseMilliseconds: 0,
                step: (1...8).map { TaskPlan(id: "t\($0)", behaviour: TaskBehaviour(.deaf, milliseconds: 1500)) })
        ],
        faults: [
            Paced(pauseMilliseconds: 0, step: .awaitStart(task: 0)),
            Paced(pauseMilliseconds: 0, step: .awaitStart(task: 7)),
            Paced(pauseMilliseconds: 0, step: .stop(worker: 0)),
            Paced(pauseMilliseconds: 0, step: .awaitSecondDelivery),
            Paced(pauseMilliseconds: 0, step: .resume(worker: 0)),
        ])

    /// Tasks run for longer than a lease and its grace: 60 s of the workers' clocks, which are 3 s here.
    static let longRun = FaultSequence(
        seed: 0, workerCount: 2,
        enqueues: [
            Paced(
                pauseMilliseconds: 0,
                step: (1...4).map { TaskPlan(id: "t\($0)", behaviour: TaskBehaviour(.deaf, milliseconds: 5000)) })
        ], faults: [])
    static let longRunClockRate = 20

    /// One task that succeeds, and nothing else.
    static let quiet = FaultSequence(
        seed: 0, workerCount: 2,
        enqueues: [Paced(pauseMilliseconds: 0, step: [TaskPlan(id: "t1", behaviour: TaskBehaviour(.succeed))])],
        faults: [])

    @Test(arguments: [Sabotage.none, .fence])
    func `a removed fence is found: a stale holder ends a newer run`(sabotage: Sabotage) async throws {
        let report = try await SequenceRun.report(
            on: Self.staleHolder, liveness: FaultTests.liveness, sabotage: sabotage)
        #expect(report.rescues > 0, "nothing was taken over, so nothing was shown")
        expect(.noStaleOutcome, in: report, sabotage)
    }

    @Test(arguments: [Sabotage.none, .lease])
    func `a lease that is not extended is found: a living run costs a retry`(sabotage: Sabotage) async throws {
        let report = try await SequenceRun.report(
            on: Self.longRun, liveness: FaultTests.liveness, sabotage: sabotage, clockRate: Self.longRunClockRate)
        expect(.crashCost, in: report, sabotage)
    }

    @Test(arguments: [Sabotage.none, .removal])
    func `an acknowledgement without removal is found: the id stays in the active list`(
        sabotage: Sabotage
    ) async throws {
        let report = try await SequenceRun.report(
            on: Self.quiet, liveness: FaultTests.liveness, sabotage: sabotage, patience: .seconds(5))
        expect(.oneState, in: report, sabotage)
    }

    private func expect(_ invariant: Violation.Invariant, in report: SequenceRun.Report, _ sabotage: Sabotage) {
        if sabotage == .none {
            #expect(report.violations.isEmpty)
        } else {
            #expect(report.violations.contains { $0.invariant == invariant }, "\(report.violations)")
        }
    }
}
