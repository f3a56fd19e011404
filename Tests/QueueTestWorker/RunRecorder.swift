import Redis

/// Writes records to Redis, again and again until it answers: a record that was written is in Redis before what follows it.
struct RunRecorder: Sendable {
    let client: RedisClient
    private static let retryInterval = Duration.milliseconds(20)

    /// Writes a record, twice if an answer was lost; cancelling the calling task does not end it.
    func record(_ record: RunRecord) async {
        await Task {
            while true {
                do {
                    try await client.send("RPUSH", .string(RunRecord.key), .string(record.description))
                    return
                } catch {
                    try? await Task.sleep(for: Self.retryInterval)
                }
            }
        }.value
    }
}
