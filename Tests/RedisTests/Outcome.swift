import Testing

@testable import Redis

/// What a call came to, so that a test can look at it after the task that made it.
func outcome(
    _ call: () async throws(RedisError) -> RedisReply
) async -> Result<RedisReply, RedisError> {
    do {
        return .success(try await call())
    } catch {
        return .failure(error)
    }
}

/// Waits until the connection `id` runs `command`, as another connection sees it.
func waitUntil(connection id: Int64, runs command: String, seenBy observer: RedisClient) async throws {
    while try await !observer.send("CLIENT", "LIST", "ID", .integer(id)).string().contains("cmd=\(command)") {}
}
