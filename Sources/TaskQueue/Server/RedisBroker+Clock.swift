package import Foundation
import Redis

extension RedisBroker {
    package func storeTime() async throws -> Date {
        let parts = try await client.send("TIME").array()
        guard parts.count == 2 else { throw RedisError(.unexpectedReply, "TIME gave \(parts.count) values, not 2") }
        let microseconds = TimeInterval(try parts[1].integer())
        return Date(timeIntervalSince1970: TimeInterval(try parts[0].integer()) + microseconds / 1_000_000)
    }
}
