import Redis

extension TaskInspector {
    /// Gives a scheduled task another payload.
    ///
    /// As in asynq the unique lock stays the one of the old payload.
    ///
    /// - Parameters:
    ///   - id: The task's id.
    ///   - queue: The queue's name.
    ///   - payload: What its handler gets.
    /// - Throws: ``InspectorError`` with `wrongState` unless the task is scheduled, else as its other codes say; then nothing
    ///   was changed.
    public func updatePayload(of id: String, in queue: String, to payload: [UInt8]) async throws {
        let keys = RedisKeys(queue: queue)
        let verb = "given another payload"
        for _ in 1...Self.mostAttempts {
            let task = try await stored(id, in: queue)
            guard task.state == .scheduled else {
                throw Self.refused(verb, id, queue, because: "it is \(task.state.rawValue), not scheduled")
            }
            var message = task.message
            message.payload = payload
            let reply = try await client.evaluate(
                InspectorScripts.updateMessage, keys: [keys.task(id), keys.scheduled],
                arguments: [.string(id), .bytes(task.encodedMessage), .bytes(try message.encoded())])
            if try reply.string() == "ok" { return }
        }
        throw Self.refused(verb, id, queue, because: "it keeps changing; try again")
    }
}
