import ScheduleModel
import ScheduleTasks
import TaskQueue

/// The next task of a chain (domain 2, `workflow`): created in the same step that records this one's success.
struct NextStep {
    let type: ScheduleTaskType
    let taskID: String
    let payload: SchedulePayload

    /// The step after a run; `nil` when the run is no step of a chain, or its last, or a dry import, which leaves no version
    /// that a next step could work on.
    init?(run: PhaseRun, versionID: Identifier<ScheduleVersion>?) {
        guard let workflow = run.payload.workflow, let next = workflow.next.first,
            !(run.payload.isDryRun && run.type == .odsImport)
        else { return nil }
        type = next
        taskID = DeterministicID.task(workflowID: workflow.id, step: workflow.step + 1)
        var payload = run.payload
        payload.versionID = versionID ?? run.payload.versionID
        payload.hospitalID = run.hospital.id
        payload.hospitalCode = run.hospital.code
        payload.workflow = WorkflowStep(
            id: workflow.id, step: workflow.step + 1, next: Array(workflow.next.dropFirst()))
        self.payload = payload
    }

    /// Sets the step in the run's context.
    func handOver(in context: TaskContext) throws {
        try context.handOver(to: try task, options(queue: context.queue))
    }

    /// Enqueues the step by itself; one that is there already, from a delivery before this one, stays as it is.
    func enqueue(in queue: String, by client: TaskClient) async throws {
        do {
            _ = try await client.enqueue(try task, options(queue: queue))
        } catch let error as EnqueueError where error.code == .taskIDConflict {
            return
        }
    }

    private var task: QueueTask {
        get throws { QueueTask(type: type.rawValue, payload: try payload.encoded(for: type)) }
    }

    private func options(queue: String) -> EnqueueOptions {
        type.options(taskID: taskID, queue: queue, months: payload.monthsBack)
    }
}
