import Foundation
import QueueTestWorker
import Redis
import TaskQueue

/// A workflow on real worker processes, of which the one that runs a step is killed or stopped, at one step after the other.
struct WorkflowRun: Sendable {
    /// What is done to the worker that runs a step.
    enum Fault: String, Sendable, CaseIterable {
        /// It is killed.
        case kill
        /// It is stopped until another runs the step, and then goes on.
        case stop
    }

    /// What came of it.
    struct Report: Sendable {
        let workflow: WorkflowInfo
        let replay: QueueReplay
        let snapshot: Snapshot
        let violations: [Violation]
        /// How often a step was taken from a run that had not ended.
        let rescues: Int
    }

    static let id = "flow"
    private static let workerCount = 3

    private let fleet: Fleet
    private let control: RedisClient
    private let inspector: TaskInspector

    /// Runs it from the start of its processes to their end.
    ///
    /// - Parameters:
    ///   - fault: What is done to workers.
    ///   - steps: At which steps.
    ///   - workflow: What is run; its steps' payloads are behaviours.
    ///   - sabotage: The planted fault.
    /// - Returns: What came of it.
    /// - Throws: What kept the test itself from running.
    static func report(
        _ fault: Fault, at steps: [String], of workflow: Workflow, sabotage: Sabotage = .none
    ) async throws -> Report {
        let fleet = try Fleet(
            settings: WorkerSettings(
                redis: "", queue: SequenceRun.queue, liveness: FaultTests.liveness, sabotage: sabotage))
        do {
            try await fleet.startRedis()
            let run = Self(
                fleet: fleet, control: RedisClient(fleet.configuration, name: "control", logger: fleet.logger),
                inspector: TaskInspector(redis: fleet.configuration, logger: fleet.logger))
            let report = try await run.run(fault, at: steps, of: workflow)
            await run.control.close()
            await run.inspector.close()
            await fleet.close()
            return report
        } catch {
            await fleet.close()
            throw error
        }
    }

    private func run(_ fault: Fault, at steps: [String], of workflow: Workflow) async throws -> Report {
        try await fleet.startWorkers(Self.workerCount)
        try await withThrowingTaskGroup(of: Void.self) { supervision in
            supervision.addTask { await fleet.superviseWorkers() }
            let client = TaskClient(redis: fleet.configuration, logger: fleet.logger)
            try await client.enqueue(workflow)
            await client.close()
            for step in steps { try await apply(fault, at: "\(Self.id).\(step)") }
            try await until("the workflow has ended") { _ in
                try await inspector.workflow(Self.id, in: SequenceRun.queue).state == .succeeded
            }
            await fleet.stopWorkers(patience: SequenceRun.patience)
            try await supervision.waitForAll()
        }
        let replay = QueueReplay(try fleet.commandLog(), queue: SequenceRun.queue)
        return Report(
            workflow: try await inspector.workflow(Self.id, in: SequenceRun.queue), replay: replay,
            snapshot: try await Snapshot.read(control, queue: SequenceRun.queue),
            violations: await fleet.violations + replay.violations,
            rescues: replay.transitions.values.joined().count { $0.from == .active && $0.to == .pending })
    }

    private func apply(_ fault: Fault, at task: String) async throws {
        try await until("\(task) runs") { $0.contains { $0.task == task && $0.event == .started } }
        let processID = try await records().first { $0.task == task && $0.event == .started }?.processID
        for worker in 0..<Self.workerCount where await fleet.processID(of: worker) == processID {
            await fleet.signal(fault == .kill ? SIGKILL : SIGSTOP, worker: worker)
            guard fault == .stop else { return }
            // It may have ended before it was stopped; then nobody runs it again.
            try await until("another worker runs \(task), or it has ended") { records in
                if records.contains(where: {
                    $0.task == task && $0.event == .started && $0.processID != processID
                }) {
                    return true
                }
                return try await hasSucceeded(task)
            }
            await fleet.signal(SIGCONT, worker: worker)
        }
    }

    private func hasSucceeded(_ task: String) async throws -> Bool {
        try await inspector.workflow(Self.id, in: SequenceRun.queue).steps
            .contains { $0.taskID == task && $0.state == .completed }
    }

    private func records() async throws -> [RunRecord] {
        try await control.send("LRANGE", .string(RunRecord.key), 0, -1).array().compactMap {
            RunRecord(try $0.string())
        }
    }

    /// Looks again and again until a condition on the records holds.
    private func until(_ what: String, _ condition: ([RunRecord]) async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + SequenceRun.patience
        while try await !condition(records()) {
            guard ContinuousClock.now < deadline else {
                throw SequenceRun.NotInTime(
                    description:
                        "\(SequenceRun.patience) were not enough until \(what): \(try await records()) \(fleet.logTail)"
                )
            }
            try await Task.sleep(for: SequenceRun.pollInterval)
        }
    }
}
