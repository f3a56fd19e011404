import Redis

extension RedisClient {
    /// Redis's own clock, microseconds since 1970.
    func microseconds() async throws -> Int64 {
        let parts = try await send("TIME").array()
        guard let seconds = Int64(try parts[0].string()), let rest = Int64(try parts[1].string()) else {
            throw TestFailure(description: "no time")
        }
        return seconds * 1_000_000 + rest
    }
}
