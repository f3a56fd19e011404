import Redis

extension TaskField {
    /// There while a running task is to be cancelled for good, not retried.
    static let cancel = "schedcu:cancel"
}

extension RedisBroker {
    package func isCancellationRequested(of run: TaskRun) async throws -> Bool {
        let key = RedisKeys(queue: run.message.queue).task(run.message.id)
        return try await client.send("HEXISTS", .string(key), .string(TaskField.cancel)).integer() == 1
    }

    package func cancellationRequests(among runs: [TaskRun]) async throws -> [Int] {
        let replies = try await client.pipeline(
            runs.map { run in
                let key = RedisKeys(queue: run.message.queue).task(run.message.id)
                return RedisCommand("HEXISTS", [.string(key), .string(TaskField.cancel)])
            })
        return try replies.indices.filter { index in
            try sparing(runs[index].message.queue) { try replies[index].integer() } == 1
        }
    }

    package func clearCancellationRequest(of run: TaskRun) async throws {
        let key = RedisKeys(queue: run.message.queue).task(run.message.id)
        try await client.send("HDEL", .string(key), .string(TaskField.cancel))
    }
}
