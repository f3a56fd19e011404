import Redis

/// What the Redis server has used so far.
///
/// Its CPU time tells what a change of a script is worth even where other programs disturb the clock.
enum RedisFigures {
    /// CPU time, user and system, in seconds.
    static func cpuSeconds(_ redis: RedisClient) async throws -> Double {
        let fields = try await section("cpu", redis)
        return [fields["used_cpu_user"], fields["used_cpu_sys"]].reduce(0) { $0 + ($1.flatMap(Double.init) ?? 0) }
    }

    /// How often each command was called, by name; those that scripts make are among them.
    static func calls(_ redis: RedisClient) async throws -> [String: Int] {
        var calls: [String: Int] = [:]
        for (name, value) in try await section("commandstats", redis) where name.hasPrefix("cmdstat_") {
            let count = value.split(separator: ",").first { $0.hasPrefix("calls=") }
            calls[String(name.dropFirst(8))] = count.flatMap { Int($0.dropFirst(6)) }
        }
        return calls
    }

    private static func section(_ name: RedisArgument, _ redis: RedisClient) async throws -> [String: String] {
        var fields: [String: String] = [:]
        for line in try await redis.send("INFO", name).string().split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
        }
        return fields
    }
}
