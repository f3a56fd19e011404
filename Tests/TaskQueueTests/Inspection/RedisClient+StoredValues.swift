import Redis

extension RedisClient {
    /// What is stored at each key, whatever is left of its life.
    func storedValues() async throws -> [String: StoredValue] {
        try await storedKeys().mapValues(\.value)
    }
}
