/// A stored task: what Redis holds in the task's hash.
struct MemoryTask: Sendable, Equatable {
    /// Whose run a task is.
    struct Owner: Sendable, Equatable {
        /// Worker id and run token.
        let token: String
        /// The worker's id.
        let workerID: String
        /// The lease that the owner wrote last, Unix seconds.
        var lease: Int64
        /// How often the task was delivered, this time included.
        let deliveries: Int
    }

    private(set) var message: TaskMessage
    /// The bytes of ``message``, by which a run shows that it knows the present one.
    private(set) var encodedMessage: [UInt8]
    var state: TaskState
    /// Since when it has been pending, Unix nanoseconds.
    var pendingSince: Int64?
    /// The lock's key; a task of a group has none here.
    var uniqueKey: String?
    /// The group that forwarding puts it into.
    var group: String?
    var options = StoredOptions()
    var result: [UInt8]?
    var owner: Owner?
    /// How often it was delivered when it was last given back.
    var deliveries = 0
    var crashes = Crashes(nil)
    /// The owner that runs or ran it as the only one of its process.
    var alone: String?
    /// Whether it is to be cancelled for good once it runs.
    var isCancelled = false
    /// Whether somebody waits for its end.
    var isWaitedFor = false

    /// Stores a message; throws ``WireError`` when it is too long, as Redis would refuse it.
    init(_ message: TaskMessage, state: TaskState) throws(WireError) {
        encodedMessage = try message.encoded()
        self.message = message
        self.state = state
    }

    /// Replaces the message.
    mutating func rewrite(_ message: TaskMessage, _ encoded: [UInt8]) {
        self.message = message
        encodedMessage = encoded
    }
}
