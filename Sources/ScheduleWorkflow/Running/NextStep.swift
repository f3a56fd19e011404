import ScheduleModel
import ScheduleTasks
import TaskQueue

/// The next task of a chain (domain 2, `workflow`): created in the same step that records this one's success.
struct NextStep {
    let type: ScheduleTaskType
    let taskID: String
    let payload: SchedulePayload

    /// The step after a run; `nil` when the run is no step of a chain, or its last.
    init?(run: PhaseRun, versionID: Identifier<ScheduleVersion>?) {
        guard let workflow = run.payload.workflow, let next = workflow.next.first else { return nil }
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
        let task = QueueTask(type: type.rawValue, payload: try payload.encoded(for: type))
        try context.handOver(to: task, type.options(taskID: taskID, queue: context.queue, months: payload.monthsBack))
    }
}
