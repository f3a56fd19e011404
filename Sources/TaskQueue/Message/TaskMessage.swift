/// A task as it travels: asynq's `TaskMessage`, field for field.
///
/// Durations and moments are whole seconds here because the wire holds seconds; 0 stands for "none" as on the wire.
package struct TaskMessage: Sendable, Hashable {
    /// What kind of task it is, such as `ods:import`; never blank.
    package var type: String
    /// The producer's bytes; the wire does not tell an absent payload from an empty one.
    package var payload: [UInt8]
    /// Unique in its queue only; never blank.
    package var id: String
    /// The queue's name; never blank.
    package var queue: String
    /// How many retries may follow the first try.
    package var maxRetry: Int32
    /// Retries done so far.
    package var retried: Int32
    /// The last failure's text.
    package var errorMessage: String
    /// Seconds a run may take; 0 is none.
    package var timeoutSeconds: Int64
    /// Unix seconds by which a run must end; 0 is none.
    package var deadlineUnixSeconds: Int64
    /// The unique lock's full key; empty is none.
    package var uniqueKey: String
    /// Unix seconds of the last failure; 0 is never.
    package var lastFailedAtUnixSeconds: Int64
    /// Seconds to keep the task after success; 0 deletes it.
    package var retentionSeconds: Int64
    /// Unix seconds of completion; 0 unless completed.
    package var completedAtUnixSeconds: Int64
    /// The group's name; empty is none.
    package var groupKey: String
    /// Headers, such as a trace's.
    package var headers: [String: String]

    /// Makes a message; the defaults are the wire's zero values.
    package init(
        type: String, payload: [UInt8] = [], id: String, queue: String, maxRetry: Int32 = 0, retried: Int32 = 0,
        errorMessage: String = "", timeoutSeconds: Int64 = 0, deadlineUnixSeconds: Int64 = 0, uniqueKey: String = "",
        lastFailedAtUnixSeconds: Int64 = 0, retentionSeconds: Int64 = 0, completedAtUnixSeconds: Int64 = 0,
        groupKey: String = "", headers: [String: String] = [:]
    ) {
        self.type = type
        self.payload = payload
        self.id = id
        self.queue = queue
        self.maxRetry = maxRetry
        self.retried = retried
        self.errorMessage = errorMessage
        self.timeoutSeconds = timeoutSeconds
        self.deadlineUnixSeconds = deadlineUnixSeconds
        self.uniqueKey = uniqueKey
        self.lastFailedAtUnixSeconds = lastFailedAtUnixSeconds
        self.retentionSeconds = retentionSeconds
        self.completedAtUnixSeconds = completedAtUnixSeconds
        self.groupKey = groupKey
        self.headers = headers
    }
}
