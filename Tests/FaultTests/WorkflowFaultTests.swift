import QueueTestWorker
import TaskQueue
import Testing

/// Workflows whose workers are killed, or stopped and resumed, at every step.
@Suite(.timeLimit(.minutes(5)))
struct WorkflowFaultTests {
    private static let parts = (1...4).map { "part\($0)" }
    private static let steps = ["root"] + parts + ["join", "tail"]

    /// A root, four steps after it, one that waits for all four, and one more.
    private static func workflow() throws -> Workflow {
        var flow = try Workflow(queue: SequenceRun.queue, id: WorkflowRun.id)
        let behaviour = TaskBehaviour(.deaf, milliseconds: 300)
        let task = QueueTask(type: SequenceRun.taskType, payload: behaviour.payload)
        try flow.add("root", task)
        for part in parts { try flow.add(part, task, after: ["root"]) }
        try flow.add("join", task, after: parts)
        try flow.add("tail", task, after: ["join"])
        return flow
    }

    @Test(arguments: WorkflowRun.Fault.allCases)
    func
        `I1 to I3, I5, I8: a fan-out and fan-in survives SIGKILL and SIGSTOP at every step, each step once in the books`(
            fault: WorkflowRun.Fault
        ) async throws
    {
        let report = try await WorkflowRun.report(fault, at: Self.steps, of: Self.workflow())
        #expect(report.violations.isEmpty, "\(report.violations)")
        #expect(report.workflow.steps.map(\.state) == Self.steps.map { _ in .completed })
        #expect(report.rescues > 0)
        for step in Self.steps {
            let changes = try #require(report.replay.transitions["\(WorkflowRun.id).\(step)"])
            #expect(changes.count { $0.from == nil } == 1, "\(step) was created more than once: \(changes)")
            #expect(changes.count { $0.to == .completed } == 1, "\(step): \(changes)")
            #expect(changes.last?.to == .completed)
        }
        try expectOrder(report.replay)
        let totals = report.snapshot.counters.filter { !$0.key.contains("-") }.map(\.value)
        #expect(totals == [Int64(Self.steps.count)], "each success once, and no failure: \(report.snapshot.counters)")
        let documented = DocumentedKeys(RedisKeys(queue: SequenceRun.queue))
        let strays = report.snapshot.keys.filter { $0.name != RunRecord.key && documented.life(of: $0.name) == nil }
        #expect(strays == [])
    }

    /// Each step was created by the write that completed the last of its predecessors.
    private func expectOrder(_ replay: QueueReplay) throws {
        func position(_ step: String, _ state: TaskState) -> Int? {
            replay.transitions["\(WorkflowRun.id).\(step)"]?.first { $0.to == state }?.position
        }
        let lastPart = try #require(Self.parts.compactMap { position($0, .completed) }.max())
        for part in Self.parts { #expect(position(part, .pending) == position("root", .completed)) }
        #expect(position("join", .pending) == lastPart)
        #expect(position("tail", .pending) == position("join", .completed))
    }
}
