/// One worker process, as asynq names it.
package struct WorkerIdentity: Sendable, Hashable {
    /// The machine's name.
    package let host: String
    /// The process id.
    package let pid: Int32
    /// A UUID in lower case, new at each start.
    package let serverID: String

    /// `<host>:<pid>:<server id>`: the name in asynq's keys and in our liveness key.
    package var id: String { "\(host):\(pid):\(serverID)" }

    /// Names a worker.
    package init(host: String, pid: Int32, serverID: String) {
        self.host = host
        self.pid = pid
        self.serverID = serverID
    }
}
