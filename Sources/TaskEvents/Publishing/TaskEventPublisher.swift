import ConcurrencySupport
package import Logging
package import Redis

/// Publishes the events of a worker's tasks.
///
/// It holds no connection of its own and starts nothing by itself: each ``TaskReporter`` publishes in the background
/// through the client given here, and no call of a reporter waits for Redis.
package final class TaskEventPublisher: Sendable {
    private let redis: RedisClient
    private let timeline: EventTimeline
    private let logger: Logger

    /// Makes a publisher.
    ///
    /// - Parameters:
    ///   - redis: The client to publish through; it may be shared with others and is not closed.
    ///   - logger: Gets failures to publish at warning level and events given up at error level.
    ///   - timeline: The clocks; the system's unless a test turns its own.
    package init(redis: RedisClient, logger: Logger, timeline: EventTimeline = .system) {
        self.redis = redis
        self.logger = logger
        self.timeline = timeline
    }

    /// The reporter of one run of a task; make one per run.
    package func reporter(for source: EventSource) -> TaskReporter {
        let token = String(UInt64.random(in: 1 ... .max), radix: 16)
        var logger = logger
        logger[metadataKey: "task-id"] = "\(source.taskID)"
        logger[metadataKey: "queue"] = "\(source.queue)"
        return TaskReporter(source: source, timeline: timeline, logger: logger) { [self] events in
            try await publish(events, of: source, token: token)
        }
    }

    /// Publishes events in one step, or finds that they were published before.
    ///
    /// - Parameters:
    ///   - events: What to publish, in order; at least one.
    ///   - source: Whose events they are.
    ///   - token: The reporter's, the same for every call that may be a repeat.
    /// - Returns: The `seq` of the reporter's last published event.
    /// - Throws: ``RedisError``; unless it is `commandRejected`, whether the events are out is unknown: repeat the
    ///   call.
    @discardableResult
    func publish(_ events: [PendingEvent], of source: EventSource, token: String) async throws(RedisError) -> Int {
        let queue = source.queue
        let taskID = source.taskID
        let lifetime = events.map(\.lifetime).max() ?? TaskEventLimits.lifetime
        var arguments: [RedisArgument] = [
            .string(token),
            .integer(lifetime.components.seconds),
            .integer(TaskEventLimits.lifetime.components.seconds),
            .int(TaskEventLimits.streamLength),
            .string(TaskEventKeys.taskChannel(queue: queue, taskID: taskID)),
            .string(TaskEventKeys.allChannel),
            .string(source.hospital.map(TaskEventKeys.hospitalChannel) ?? ""),
        ]
        for event in events {
            arguments += [.int(event.number), .bytes(event.prefix), .bytes(event.suffix)]
        }
        let keys = [
            TaskEventKeys.sequence(queue: queue, taskID: taskID), TaskEventKeys.stream(queue: queue, taskID: taskID),
        ]
        return Int(try await redis.evaluate(PublishScript.publish, keys: keys, arguments: arguments).integer())
    }
}
