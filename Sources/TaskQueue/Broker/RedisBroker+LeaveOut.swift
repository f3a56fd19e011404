import Logging
import Redis

/// The one rule for calls on several queues: *leave out and log*.
///
/// What Redis refuses of one queue (mostly because somebody wrote a key of another type) is left out, the log tells of it now
/// and then, and the other queues go on. Such a call throws only what concerns the store as a whole. A call on one queue
/// throws everything.
extension RedisBroker {
    /// Leaves one queue out, or throws what concerns the store as a whole.
    func leaveOut(_ queue: String, because error: any Error) throws {
        guard let refusal = error as? RedisError, refusal.isOfOneQueue else { throw error }
        brokenQueueLog.run {
            logger.error(
                "a queue is left out because Redis refuses it; look for a key of another type than it should be",
                metadata: ["queue": "\(queue)", "error": "\(refusal)"])
        }
    }

    /// What `body` makes of one queue's part of an answer; `nil` when the queue is left out.
    func sparing<Value>(_ queue: String, _ body: () throws -> Value) throws -> Value? {
        do { return try body() } catch {
            try leaveOut(queue, because: error)
            return nil
        }
    }
}

extension RedisError {
    /// Whether Redis refuses because of the keys that were named, and not because of the state that it is in itself.
    var isOfOneQueue: Bool { code == .commandRejected && !isRetriable }
}
