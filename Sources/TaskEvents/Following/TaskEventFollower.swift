package import Logging
package import Redis

/// Follows tasks' events: what was missed from their streams, what happens now from pub/sub.
///
/// It uses two connections, one for pub/sub and one for replays, whatever the number of streams. Each stream gets every
/// event once and in order of `seq` per task; when a connection breaks, it is made anew and what was published
/// meanwhile is replayed. A consumer never slows a worker down: what it has not read yet is kept in its own memory.
package final class TaskEventFollower: Sendable {
    private let redis: RedisClient
    private let subscriber: RedisSubscriber
    private let logger: Logger

    /// Makes a follower that has not connected yet.
    ///
    /// - Parameters:
    ///   - configuration: The server the workers publish on.
    ///   - logger: Gets lost connections and events that cannot be read, at warning level.
    package init(configuration: RedisConfiguration, logger: Logger) {
        redis = RedisClient(configuration, name: "schedcu-events", logger: logger)
        subscriber = RedisSubscriber(configuration, logger: logger)
        self.logger = logger
    }

    /// The events of some tasks, those of the past day included.
    ///
    /// A `seq` can only be missing at the start, or where the stream was cut to its newest 10,000 meanwhile.
    ///
    /// - Parameters:
    ///   - tasks: The tasks, which need not exist yet.
    ///   - fromSeq: The first event wanted of each; 1 for all.
    /// - Returns: Events until the consumer stops or ``close()`` is called. It throws ``RedisError`` when Redis cannot
    ///   be reached at the start, or refuses the commands at any time.
    package func events(
        of tasks: [(queue: String, id: String)], fromSeq: Int = 1
    ) -> AsyncThrowingStream<TaskEvent, any Error> {
        let names = tasks.map { TaskName(queue: $0.queue, id: $0.id) }
        let channels = names.map { TaskEventKeys.taskChannel(queue: $0.queue, taskID: $0.id) }
        return follow(channels, known: names, fromSeq: fromSeq)
    }

    /// The events of a hospital's tasks from now on.
    ///
    /// A task is followed from its first event seen; gaps after it, and lost connections, are made up for by replays.
    ///
    /// - Parameter hospital: The hospital's code.
    /// - Returns: As ``events(of:fromSeq:)``.
    package func events(ofHospital hospital: String) -> AsyncThrowingStream<TaskEvent, any Error> {
        follow([TaskEventKeys.hospitalChannel(hospital)], known: [], fromSeq: 1)
    }

    /// The events of all tasks from now on; see ``events(ofHospital:)``.
    package func allEvents() -> AsyncThrowingStream<TaskEvent, any Error> {
        follow([TaskEventKeys.allChannel], known: [], fromSeq: 1)
    }

    /// Ends all streams and both connections.
    package func close() async {
        await subscriber.close()
        await redis.close()
    }

    private func follow(
        _ channels: [String], known: [TaskName], fromSeq: Int
    ) -> AsyncThrowingStream<TaskEvent, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: TaskEvent.self)
        let live = subscriber.events(channels: channels)
        let redis = redis
        let logger = logger
        // Owned by the stream: it ends with the consumer.
        let task = Task {
            var session = FollowSession(
                replay: TaskEventReplay(redis: redis), known: known, fromSeq: fromSeq, logger: logger
            ) { continuation.yield($0) }
            do {
                try await redis.send("PING")
                for await event in live { try await session.handle(event) }
                continuation.finish()
            } catch let error as RedisError where error.code == .cancelled || error.code == .closed {
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }
}
