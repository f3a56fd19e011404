/// Which step of which workflow a task is.
///
/// The task carries it in two headers, which every asynq program from 0.26 on hands on; an older one drops them, and then the
/// sweep finds the step by its id.
package struct StepReference: Sendable, Hashable {
    /// The header that holds the workflow's id.
    static let workflowHeader = "schedcu-workflow"
    /// The header that holds the step's name.
    static let stepHeader = "schedcu-step"

    /// The workflow's id.
    package let workflowID: String
    /// The step's name, which holds no dot.
    package let name: String

    /// Names a step.
    package init(workflowID: String, name: String) {
        self.workflowID = workflowID
        self.name = name
    }

    /// Reads a task's headers; `nil` when it is no step.
    ///
    /// A handler may have copied the headers to a task of its own, so the id must fit too.
    package init?(_ message: TaskMessage) {
        guard let workflowID = message.headers[Self.workflowHeader], let name = message.headers[Self.stepHeader] else {
            return nil
        }
        self.init(workflowID: workflowID, name: name)
        // Steps have no lock; a task with one that says it is a step is somebody else's.
        guard message.id == taskID, message.uniqueKey.isEmpty else { return nil }
    }

    /// The id of the step's task: the last dot parts the two.
    package var taskID: String { "\(workflowID).\(name)" }

    /// What the task carries.
    var headers: [String: String] { [Self.workflowHeader: workflowID, Self.stepHeader: name] }
}
