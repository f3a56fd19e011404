import QueueTestWorker
import Testing

/// A task that kills its worker every time, among others that do not.
@Suite(.timeLimit(.minutes(5)))
struct PoisonTests {
    @Test func `I8: 1 poison among 9 good tasks at concurrency 10 is archived with the reason, and all 9 succeed`()
        async throws
    {
        let good = (1...9).map { TaskPlan(id: "good-\($0)", behaviour: TaskBehaviour(.succeed, milliseconds: 500)) }
        let poison = TaskPlan(id: "poison", behaviour: TaskBehaviour(.crash, times: .max, milliseconds: 200))
        let sequence = FaultSequence(
            seed: 0, workerCount: 1, enqueues: [Paced(pauseMilliseconds: 0, step: good + [poison])], faults: [])
        let report = try await SequenceRun.report(on: sequence, liveness: FaultTests.liveness, concurrency: 10)
        #expect(report.violations.isEmpty, "\(report.violations)")
        #expect(report.archived.keys.sorted() == ["poison"])
        #expect(report.archived["poison"]?.hasPrefix("poison: the worker died with this task three times") == true)
    }

    @Test func `I8: tasks that were there when somebody killed the worker twice run to their end`() async throws {
        let tasks = (1...4).map { TaskPlan(id: "t\($0)", behaviour: TaskBehaviour(.succeed, milliseconds: 400)) }
        let kills = [1, 2].flatMap { delivery in
            [
                Paced(pauseMilliseconds: 0, step: delivery == 1 ? FaultStep.awaitStart(task: 0) : .awaitSecondDelivery),
                Paced(pauseMilliseconds: 0, step: FaultStep.kill(worker: 0)),
            ]
        }
        let sequence = FaultSequence(
            seed: 0, workerCount: 1, enqueues: [Paced(pauseMilliseconds: 0, step: tasks)], faults: kills)
        let report = try await SequenceRun.report(on: sequence, liveness: FaultTests.liveness)
        #expect(report.violations.isEmpty, "\(report.violations)")
        #expect(report.rescues >= 8)
        #expect(report.archived.isEmpty)
    }
}
