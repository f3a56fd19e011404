import Redis

/// A task's hash as read: `HMGET … msg state result`.
struct StoredTask {
    let message: TaskMessage
    /// The stored bytes of ``message``.
    let encodedMessage: [UInt8]
    let state: TaskState
    let result: [UInt8]?

    /// Reads the three fields; throws ``InspectorError`` when there is no task or it is malformed.
    init(_ fields: [RedisReply], id: String, queue: String) throws {
        guard fields.count == 3, let bytes = try fields[0].optionalBytes() else {
            throw InspectorError(.taskNotFound, "task not found: \"\(id)\" in queue \"\(queue)\"")
        }
        let stateText = try fields[1].optionalBytes().map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard let message = try? TaskMessage(decoding: bytes), let state = TaskState(rawValue: stateText) else {
            throw InspectorError(
                .malformedTask,
                "task \"\(id)\" in queue \"\(queue)\" is not stored in asynq's form; delete its key by hand")
        }
        self.message = message
        encodedMessage = bytes
        self.state = state
        result = try fields[2].optionalBytes()
    }
}
