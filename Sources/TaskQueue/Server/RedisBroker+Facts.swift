import Redis

extension RedisBroker {
    package func storeFacts() async throws -> StoreFacts {
        let replies = try await client.pipeline([
            RedisCommand("INFO", ["server"]), RedisCommand("CONFIG", ["GET", "maxmemory-policy"]),
        ])
        // Both may be forbidden; then nothing is known.
        let policy = try? replies[1].array().last?.string()
        return StoreFacts(info: (try? replies[0].string()) ?? "", evictionPolicy: policy)
    }
}
