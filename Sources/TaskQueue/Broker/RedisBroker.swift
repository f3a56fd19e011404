import ConcurrencySupport
package import Foundation
package import Logging
package import Redis
import Synchronization

/// The broker on Redis: asynq's keys, each change one script.
///
/// It may be shared freely. Ordinary calls travel on one pipelined connection; each queue that is waited on has a connection
/// of its own, and so have cancellations.
package final class RedisBroker: Broker {
    /// How long a lease lasts: 30 s, as asynq fixes it.
    package static let leaseSeconds: Int64 = 30
    /// How many tasks one ``dequeue(from:limit:worker:)`` takes at most: 16; more gains nothing (decision D4).
    package static let maxDequeueCount = 16
    /// How long the daily counters are kept: 90 days, as asynq fixes it.
    static let statsSeconds: Int64 = 90 * 86_400
    /// How long this process believes that a queue is still listed: 1 min, so that a removed queue comes back (W11).
    private static let listedQueueLife: TimeInterval = 60

    let client: RedisClient
    let logger: Logger
    let waiters: QueueWaiters
    let subscriber: RedisSubscriber
    /// Numbers the dequeues of this process, whichever broker makes them.
    static let nextRun = Atomic<UInt64>(0)
    let brokenQueueLog = LogLimiter()
    /// Queues that a dequeue met a refusal of, and leaves out for a second.
    let brokenQueues = LockedValue(RecentNames(life: 1))
    let brokenLimitLog = LogLimiter(interval: .seconds(60))
    let believedFull = LockedValue(BelievedFull())
    let doneRuns = CallGatherer<TaskRun, OutcomeWrite>()
    private let clock: @Sendable () -> Date
    private let ownsClient: Bool
    /// When this process last listed each queue.
    private let listedQueues = LockedValue(RecentNames(life: listedQueueLife))

    /// Makes a broker on a client that somebody else closes.
    ///
    /// - Parameters:
    ///   - client: For all calls that do not block.
    ///   - blockingClientConfiguration: For the connections that ``waitForPending(in:timeout:)`` and ``cancellations()`` make.
    ///   - clock: What the time is; tests turn it.
    ///   - logger: Gets what was set aside.
    package convenience init(
        client: RedisClient, blockingClientConfiguration: RedisConfiguration,
        clock: @escaping @Sendable () -> Date = { Date() }, logger: Logger
    ) {
        self.init(client, blockingClientConfiguration, ownsClient: false, clock: clock, logger: logger)
    }

    /// Makes a broker with a client of its own, which ``close()`` closes; it connects on first use.
    package convenience init(
        _ configuration: RedisConfiguration, clock: @escaping @Sendable () -> Date = { Date() }, logger: Logger
    ) {
        let client = RedisClient(configuration, logger: logger)
        self.init(client, configuration, ownsClient: true, clock: clock, logger: logger)
    }

    private init(
        _ client: RedisClient, _ blocking: RedisConfiguration, ownsClient: Bool, clock: @escaping @Sendable () -> Date,
        logger: Logger
    ) {
        self.client = client
        self.ownsClient = ownsClient
        self.clock = clock
        self.logger = logger
        waiters = QueueWaiters(blocking, logger: logger)
        subscriber = RedisSubscriber(blocking, logger: logger)
    }

    /// The caller's clock, never Redis's (spec, notation).
    var now: Date { clock() }

    /// Ends the broker's own connections.
    ///
    /// Calls that wait on them end with an error. A second call does nothing.
    package func close() async {
        await waiters.close()
        await subscriber.close()
        if ownsClient { await client.close() }
    }

    package func ping() async throws {
        try await client.send("PING")
    }

    package func queueNames() async throws -> Set<String> {
        let names = try await client.send("SMEMBERS", .string(RedisKeys.queues)).array()
        return Set(try names.map { (name) throws(RedisError) in try name.string() })
    }

    /// Lists one queue as ``list(queues:)`` does.
    func list(queue: String) async throws {
        let moment = now
        if !listedQueues.withLock({ $0.holds(queue, at: moment) }) { try await list(queues: [queue]) }
    }

    /// Lists queues in `asynq:queues` unless this process did so within the last minute.
    func list(queues: Set<String>) async throws {
        let moment = now
        let unlisted = listedQueues.withLock { listed in queues.filter { !listed.holds($0, at: moment) } }
        guard !unlisted.isEmpty else { return }
        let names = unlisted.sorted().map { RedisArgument.string($0) }
        _ = try await client.send(RedisCommand("SADD", [.string(RedisKeys.queues)] + names))
        listedQueues.withLock { listed in
            for queue in unlisted { listed.note(queue, at: moment) }
        }
    }
}
