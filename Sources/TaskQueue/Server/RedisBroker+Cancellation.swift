import Redis

extension TaskField {
    /// There while a running task is to be cancelled for good, not retried.
    ///
    /// It goes with the task that is given back, and ends when the task is archived, completed or run by hand.
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

    package func cancelRequests() -> AsyncStream<CancelRequest> {
        messages(on: RedisKeys.cancelRequests) { key in
            RedisKeys.task(inKey: key).map { CancelRequest(queue: $0.queue, id: $0.id) }
        }
    }
}

extension BrokerScripts {
    /// Lua: whether the task whose outcome is to be written must be archived as cancelled, whatever the outcome.
    ///
    /// It comes before ``release`` changes anything, and is false for a run that no longer holds the task.
    static let cancellation = """
        local function is_cancelled()
          if redis.pcall('HEXISTS', KEYS[1], '\(TaskField.cancel)') ~= 1 then return false end
          return holds(KEYS[1], redis.call('ZSCORE', KEYS[3], ARGV[1]), ARGV[2], ARGV[3])
        end

        """
}
