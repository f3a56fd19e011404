public import Foundation

/// A worker process as the fleet sees it: asynq's `ServerInfo`.
public struct ServerInfo: Sendable, Equatable {
    /// The machine's name.
    public var host: String
    /// The process id.
    public var pid: Int32
    /// A UUID, new at each start.
    public var serverID: String
    /// How many tasks it runs at once at most.
    public var concurrency: Int32
    /// The queues it serves with their priorities as configured.
    public var queues: [String: Int32]
    /// Whether a queue is served only while those of higher priority are empty.
    public var strictPriority: Bool
    /// `new`, `active`, `stopped` or `closed`.
    public var status: String
    /// When it started.
    public var startedAt: Date
    /// How many tasks it runs now.
    public var activeWorkerCount: Int32

    /// Describes a worker process.
    public init(
        host: String, pid: Int32, serverID: String, concurrency: Int32, queues: [String: Int32], strictPriority: Bool,
        status: String, startedAt: Date, activeWorkerCount: Int32
    ) {
        self.host = host
        self.pid = pid
        self.serverID = serverID
        self.concurrency = concurrency
        self.queues = queues
        self.strictPriority = strictPriority
        self.status = status
        self.startedAt = startedAt
        self.activeWorkerCount = activeWorkerCount
    }
}

/// One running task as the fleet sees it: asynq's `WorkerInfo`.
public struct WorkerInfo: Sendable, Equatable {
    /// The machine's name.
    public var host: String
    /// The process id.
    public var pid: Int32
    /// The ``ServerInfo/serverID`` of the process that runs it.
    public var serverID: String
    /// The task's id.
    public var taskID: String
    /// The task's type.
    public var taskType: String
    /// The task's payload.
    public var taskPayload: [UInt8]
    /// The task's queue.
    public var queue: String
    /// When this run began.
    public var startedAt: Date
    /// When this run must end.
    public var deadline: Date

    /// Describes a running task.
    public init(
        host: String, pid: Int32, serverID: String, taskID: String, taskType: String, taskPayload: [UInt8],
        queue: String, startedAt: Date, deadline: Date
    ) {
        self.host = host
        self.pid = pid
        self.serverID = serverID
        self.taskID = taskID
        self.taskType = taskType
        self.taskPayload = taskPayload
        self.queue = queue
        self.startedAt = startedAt
        self.deadline = deadline
    }
}
