/// A worker process that is alive, with what it runs: asynq's `ServerInfo` of its inspector.
public struct ServerStatus: Sendable, Equatable {
    /// The process.
    public var server: ServerInfo
    /// Its running tasks, the longest running first.
    public var workers: [WorkerInfo]
}
