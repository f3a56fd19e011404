import Postgres
package import ScheduleModel

/// Why the store refused or could not do something.
package struct StoreError: Error, Sendable, CustomStringConvertible {
    /// What it was: INVALID_VERSION_STATE, TASK_ID_CONFLICT, DATABASE_ERROR, HOSPITAL_NOT_FOUND and the like.
    package let code: ValidationCode
    /// One sentence for a person; ids and program words only, so that it may be logged and shown.
    package let message: String
    /// Whether the same call may succeed if it is made again.
    package let isRetriable: Bool

    /// Makes an error.
    package init(_ code: ValidationCode, _ message: String, isRetriable: Bool = false) {
        self.code = code
        self.message = message
        self.isRetriable = isRetriable
    }

    /// A database failure; its own description never holds values.
    init(_ error: PostgresError) {
        self.init("DATABASE_ERROR", error.description, isRetriable: error.isRetriable)
    }

    package var description: String { "schedule store \(code.rawValue): \(message)" }

    static func hospitalNotFound(_ hospital: some CustomStringConvertible) -> StoreError {
        StoreError(
            "HOSPITAL_NOT_FOUND",
            "no live hospital \(hospital) exists. check the id or code, or create the hospital first")
    }

    static func taskConflict(_ task: TaskIdentity) -> StoreError {
        StoreError(
            "TASK_ID_CONFLICT",
            "task \(task.taskID) in queue \(task.queue) already ran with another payload. enqueue under a new id")
    }

    static func unreadable(_ what: String) -> StoreError {
        StoreError("DATABASE_ERROR", "a stored value cannot be read: \(what). correct the row")
    }
}
