public import Foundation

/// A stored task as tools see it: asynq's `TaskInfo`.
public struct TaskInfo: Sendable, Equatable {
    /// Unique in ``queue`` only.
    public var id: String
    /// The queue's name.
    public var queue: String
    /// What kind of task it is.
    public var type: String
    /// The producer's bytes.
    public var payload: [UInt8]
    /// Text that travels beside the payload.
    public var headers: [String: String]
    /// Which of the seven states it is in.
    public var state: TaskState
    /// How many retries may follow the first try.
    public var maxRetry: Int
    /// Retries done so far.
    public var retried: Int
    /// The last failure's text; `nil` when it never failed.
    public var lastError: String?
    /// When it last failed.
    public var lastFailedAt: Date?
    /// How long one run may take; `nil` is no limit.
    public var timeout: Duration?
    /// By when a run must end.
    public var deadline: Date?
    /// The group it waits in or came from.
    public var group: String?
    /// When it runs next: its moment when scheduled or retrying, now when pending, else `nil`.
    public var nextProcessAt: Date?
    /// Whether it is active and its lease has ended: its worker is gone or cut off.
    public var isOrphaned: Bool
    /// How long it is kept after success; zero deletes it.
    public var retention: Duration
    /// When it was completed.
    public var completedAt: Date?
    /// What its handler stored; `nil` when nothing was stored or it was not asked for.
    public var result: [UInt8]?

    /// Reads a message, and adds what the message does not hold.
    package init(
        message: TaskMessage, state: TaskState, nextProcessAt: Date? = nil, isOrphaned: Bool = false,
        result: [UInt8]? = nil
    ) {
        id = message.id
        queue = message.queue
        type = message.type
        payload = message.payload
        headers = message.headers
        self.state = state
        maxRetry = Int(message.maxRetry)
        retried = Int(message.retried)
        lastError = message.errorMessage.isEmpty ? nil : message.errorMessage
        lastFailedAt = Date(nonZeroUnixSeconds: message.lastFailedAtUnixSeconds)
        timeout = message.timeoutSeconds > 0 ? .seconds(message.timeoutSeconds) : nil
        deadline = Date(nonZeroUnixSeconds: message.deadlineUnixSeconds)
        group = message.groupKey.isEmpty ? nil : message.groupKey
        self.nextProcessAt = nextProcessAt
        self.isOrphaned = isOrphaned
        retention = .seconds(message.retentionSeconds)
        completedAt = Date(nonZeroUnixSeconds: message.completedAtUnixSeconds)
        self.result = result
    }
}

extension Date {
    /// A moment of the wire, where 0 stands for none.
    init?(nonZeroUnixSeconds seconds: Int64) {
        guard seconds != 0 else { return nil }
        self.init(timeIntervalSince1970: Double(seconds))
    }
}
