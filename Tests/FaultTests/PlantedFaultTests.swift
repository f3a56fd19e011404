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

    /// More tasks at once than the queue may run, all together more than one worker's concurrency.
    static let crowd: FaultSequence = {
        let plans = (1...6).map { TaskPlan(id: "t\($0)", behaviour: TaskBehaviour(.deaf, milliseconds: 200)) }
        var sequence = FaultSequence(
            seed: 0, workerCount: 2, enqueues: [Paced(pauseMilliseconds: 0, step: plans)], faults: [])
        sequence.features.concurrencyLimit = 2
        return sequence
    }()

    /// Tasks that come much faster than the queue may give them.
    static let rush: FaultSequence = {
        let plans = (1...60).map { TaskPlan(id: "t\($0)", behaviour: TaskBehaviour(.succeed)) }
        var sequence = FaultSequence(
            seed: 0, workerCount: 2, enqueues: [Paced(pauseMilliseconds: 0, step: plans)], faults: [])
        sequence.features.rate = FaultFeatures.Rate(tasksPerSecond: 10, burst: 1)
        return sequence
    }()

    /// A step that waits for one that is quick and for one that is not.
    static let fanIn: FaultSequence = {
        let steps = [("quick", 0), ("slow", 600)].map { name, milliseconds in
            WorkflowPlan.Step(
                name: name, behaviour: TaskBehaviour(.deaf, milliseconds: milliseconds), maxRetry: 3, predecessors: [])
        }
        let join = WorkflowPlan.Step(
            name: "join", behaviour: TaskBehaviour(.succeed), maxRetry: 3, predecessors: ["quick", "slow"])
        var sequence = FaultSequence(seed: 0, workerCount: 2, enqueues: [], faults: [])
        let flow = WorkflowPlan(id: "w1", steps: steps + [join])
        sequence.features.workflows = [Paced(pauseMilliseconds: 0, step: flow)]
        return sequence
    }()

    @Test(arguments: [Sabotage.none, .limits])
    func `a limit that is not looked at is found: more tasks run at once, and are taken faster`(
        sabotage: Sabotage
    ) async throws {
        for sequence in [Self.crowd, Self.rush] {
            let report = try await SequenceRun.report(
                on: sequence, liveness: FaultTests.liveness, sabotage: sabotage)
            expect(.limit, in: report, sabotage)
        }
    }

    @Test(arguments: [Sabotage.none, .fanIn])
    func `a fan-in that does not count is found: the step starts before its predecessors have succeeded`(
        sabotage: Sabotage
    ) async throws {
        let report = try await SequenceRun.report(
            on: Self.fanIn, liveness: FaultTests.liveness, sabotage: sabotage)
        expect(.workflow, in: report, sabotage)
    }

    private func expect(_ invariant: Violation.Invariant, in report: SequenceRun.Report, _ sabotage: Sabotage) {
        if sabotage == .none {
            #expect(report.violations.isEmpty)
        } else {
            #expect(report.violations.contains { $0.invariant == invariant }, "\(report.violations)")
        }
    }
}
