package import Redis
import ScheduleModel
import TaskQueue

/// Workbooks on their way from a producer to whichever worker takes the task: content-addressed bytes in Redis.
package struct WorkbookBlobs: Sendable {
    /// The largest workbook there is, 10 MiB (domain 3.6).
    package static let maxBytes = 10 * 1024 * 1024

    private let redis: RedisClient

    /// Makes a store over a connection that the caller closes.
    package init(redis: RedisClient) {
        self.redis = redis
    }

    /// Stores a workbook under its digest, or lengthens the life of one that is there; never shortens it.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - name: Its display name.
    ///   - lifetime: How long the tasks that name it may need it, from now.
    /// - Returns: What a payload names it by.
    /// - Throws: `RedisError`; a blob may be left behind until it expires.
    package func put(_ bytes: [UInt8], name: String, lifetime: Duration) async throws -> FileSource {
        let digest = SHA256.hex(bytes)
        _ = try await redis.evaluate(
            Self.putScript, keys: [RedisKeys.blob(sha256: digest)],
            arguments: [.bytes(bytes), .integer(lifetime.components.seconds + 1)])
        return .blob(sha256: digest, size: bytes.count, name: name)
    }

    /// The bytes of a digest; `nil` when they are gone.
    package func bytes(sha256: String) async throws -> [UInt8]? {
        try await redis.send(RedisCommand("GET", [.string(RedisKeys.blob(sha256: sha256))])).optionalBytes()
    }

    /// How many bytes a digest's workbook has; 0 when it is gone.
    package func size(sha256: String) async throws -> Int {
        try Int(await redis.send(RedisCommand("STRLEN", [.string(RedisKeys.blob(sha256: sha256))])).integer())
    }

    /// Some of the bytes of a digest, fewer where it ends, and none when it is gone.
    package func bytes(sha256: String, in range: Range<Int>) async throws -> [UInt8] {
        guard !range.isEmpty else { return [] }
        let (first, last) = (Int64(range.lowerBound), Int64(range.upperBound) - 1)
        let command = RedisCommand(
            "GETRANGE", [.string(RedisKeys.blob(sha256: sha256)), .integer(first), .integer(last)])
        return try await redis.send(command).optionalBytes() ?? []
    }

    /// Stores bytes once, and only ever lengthens their life.
    ///
    /// KEYS[1] the blob (STRING) · ARGV[1] the bytes · ARGV[2] seconds to live from now
    ///
    /// Returns the seconds that it has to live.
    private static let putScript = LuaScript(
        name: "put-blob",
        """
        redis.call('SET', KEYS[1], ARGV[1], 'NX')
        if redis.call('TTL', KEYS[1]) < tonumber(ARGV[2]) then
            redis.call('EXPIRE', KEYS[1], ARGV[2])
        end
        return redis.call('TTL', KEYS[1])
        """)
}
