import Logging
import Redis
import TaskQueue

/// The examples of the article on limits.
enum LimitExamples {
    static func set(redis: RedisConfiguration, logger: Logger) async throws {
        // example: limits
        let inspector = TaskInspector(redis: redis, logger: logger)
        try await inspector.setConcurrencyLimit(5, of: "mail")
        try await inspector.setRateLimit(RateLimit(100, per: .seconds(60), burst: 10), of: "mail")
        try await inspector.setArchiveLimits(ArchiveLimits(count: 1000, age: .seconds(7 * 86_400)), of: "mail")
        await inspector.close()
        // end
    }

    static func semaphore(
        redis: RedisConfiguration, logger: Logger, mux: ServeMux,
        send: @escaping @Sendable (QueueTask) async throws -> Void
    ) throws {
        // example: semaphore
        let places = try TaskSemaphore(redis: redis, scope: "mail-server", limit: 3, logger: logger)
        mux.handle("mail:welcome") { task, context in
            guard try await places.acquire(for: context) else { throw ReleaseTask(after: .seconds(5)) }
            do { try await send(task) } catch {
                try? await places.release(for: context)  // else it is free at the run's deadline
                throw error
            }
            try? await places.release(for: context)
        }
        // end
    }
}
