import Foundation
import ScheduleModel
import ScheduleStore
import ScheduleTasks
import TaskEvents

/// One delivery of a task as its phases see it.
struct PhaseRun: Sendable {
    let services: WorkflowServices
    let type: ScheduleTaskType
    let payload: SchedulePayload
    let task: TaskIdentity
    let hospital: HospitalContext
    let reporter: TaskReporter

    /// The date at the hospital.
    var today: LocalDate { hospital.zone.date(at: services.now()) }
}

/// The phases of a schedule's life in a worker.
enum Phase: String, Sendable, CaseIterable {
    case ods, amion, coverage
}
