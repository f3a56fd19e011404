/// The lock that keeps a second equal task out of a queue.
package enum UniqueKey {
    /// The lock's key, equal to asynq's for the same task (spec 1.3).
    ///
    /// - Parameters:
    ///   - queue: The queue; the lock holds within it only.
    ///   - type: The task's type.
    ///   - payload: The payload; `nil` (absent) and empty make different keys, as in Go.
    /// - Returns: A key with the queue's hash tag.
    package static func key(queue: String, type: String, payload: [UInt8]?) -> String {
        RedisKeys(queue: queue).uniqueLock(type: type, digest: payload.map { MD5.hexDigest(of: $0) } ?? "")
    }

    /// The key of a lock that the producer names itself; a Go worker releases it like any other (spec 1.3).
    ///
    /// - Parameters:
    ///   - name: Any text; it never collides with a lock made of type and payload.
    ///   - queue: The queue; the lock holds within it only.
    /// - Returns: A key with the queue's hash tag.
    package static func custom(_ name: String, queue: String) -> String {
        RedisKeys(queue: queue).customLock(name: name)
    }
}
