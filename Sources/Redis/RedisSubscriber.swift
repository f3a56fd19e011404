import ConcurrencySupport
import Dispatch
package import Logging

/// Pub/sub on a connection of its own, which it makes anew, subscriptions included, when it breaks.
///
/// It connects when the first stream begins and disconnects when the last one ends. Pub/sub keeps nothing for those who
/// are away and ignores database numbers. A refused log-in or subscription is logged and tried again, 5 s apart at most.
package actor RedisSubscriber {
    /// What a stream tells.
    package enum Event: Sendable, Equatable {
        /// From here on messages of the channel, or of the pattern, arrive; sent again after every reconnect.
        case subscribed(channel: String)
        /// A message; the channel is the one it was published on, for a pattern too.
        case message(channel: String, payload: [UInt8])
        /// Messages may have been missed; the subscriptions come back by themselves, each with `.subscribed`.
        case disconnected
    }

    private struct Listener: Sendable {
        let topics: Set<Topic>
        let continuation: AsyncStream<Event>.Continuation
        /// Whether the buffer has refused an event.
        var hasMissed = false

        mutating func yield(_ event: Event) {
            if hasMissed {
                guard case .enqueued = continuation.yield(.disconnected) else { return }
                hasMissed = false
            }
            if case .dropped = continuation.yield(event) { hasMissed = true }
        }
    }

    private nonisolated let executor = DispatchExecutor(label: "redis-subscriber")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let configuration: RedisConfiguration
    private let logger: Logger
    private let backoff = Backoff.reconnecting
    private var connection: RedisConnection?
    private var isReady = false
    private var isClosed = false
    private var isReconnectScheduled = false
    private var failures = 0
    private var listeners: [UInt64: Listener] = [:]
    private var lastID: UInt64 = 0
    private var subscriptions = SubscriptionLedger()

    /// A consumer that falls behind by more loses events and is told so by `.disconnected`: 65,536.
    private static let bufferLimit = 65_536

    /// Makes a subscriber that has not connected yet.
    package init(_ configuration: RedisConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Subscribes.
    ///
    /// - Parameters:
    ///   - channels: Channel names.
    ///   - patterns: Glob patterns of channel names.
    /// - Returns: Events until the consumer's task is cancelled, the stream is dropped, or ``close()`` is called. It
    ///   buffers 65,536 events; a consumer that falls behind further loses some and then gets `.disconnected`.
    package nonisolated func events(channels: [String], patterns: [String] = []) -> AsyncStream<Event> {
        let topics = Set(channels.map(Topic.channel) + patterns.map(Topic.pattern))
        let (stream, continuation) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingOldest(Self.bufferLimit))
        executor.dispatchQueue.async {
            self.assumeIsolated { $0.add(Listener(topics: topics, continuation: continuation)) }
        }
        return stream
    }

    /// Ends all streams and the connection; later streams end at once.
    package func close() {
        isClosed = true
        for listener in listeners.values { listener.continuation.finish() }
        listeners = [:]
        disconnect()
    }

    private func add(_ listener: Listener) {
        guard !isClosed else {
            listener.continuation.finish()
            return
        }
        lastID += 1
        let id = lastID
        listeners[id] = listener
        // The stream keeps the subscriber alive.
        listener.continuation.onTermination = { _ in
            self.executor.dispatchQueue.async { self.assumeIsolated { $0.remove(id) } }
        }
        let fresh = subscriptions.add(listener.topics)
        for topic in listener.topics where subscriptions.isConfirmed(topic) {
            listeners[id]?.yield(.subscribed(channel: topic.name))
        }
        if isReady { send(subscriptions.subscribe(fresh)) }
        connectIfNeeded()
    }

    private func remove(_ id: UInt64) {
        guard let listener = listeners.removeValue(forKey: id) else { return }
        let stale = subscriptions.remove(listener.topics)
        if listeners.isEmpty {
            disconnect()
        } else if isReady {
            send(subscriptions.unsubscribe(stale))
        }
    }

    private func send(_ commands: [RedisCommand]) {
        guard !commands.isEmpty else { return }
        var bytes: [UInt8] = []
        for command in commands { command.encode(into: &bytes) }
        connection?.assumeIsolated { [bytes] in $0.write(bytes) }
    }

    private func received(_ reply: RedisReply) {
        switch SubscriptionLedger.read(reply) {
        case .message(let topic, let channel, let payload):
            tell(.message(channel: channel, payload: payload), about: topic)
        case .subscribed(let topic):
            failures = 0
            if subscriptions.confirm(topic) { tell(.subscribed(channel: topic.name), about: topic) }
        case .unsubscribed: return
        case .failed(let reason):
            connection?.assumeIsolated { $0.cancel() }
            connectionEnded(RedisError(.commandRejected, "Redis refused a subscription: \(reason)"))
        }
    }

    private func tell(_ event: Event, about topic: Topic) {
        for (id, listener) in listeners where listener.topics.contains(topic) { listeners[id]?.yield(event) }
    }
}

// MARK: - The connection
extension RedisSubscriber {
    private func connectIfNeeded() {
        guard connection == nil, !isReconnectScheduled, !listeners.isEmpty else { return }
        do {
            let connection = try RedisConnection(configuration, name: "schedcu-subscriber", executor: executor) {
                [weak self] event in self?.assumeIsolated { $0.handle(event) }
            }
            self.connection = connection
            connection.assumeIsolated { $0.connect() }
        } catch {
            connectionEnded(error)
        }
    }

    private func handle(_ event: RedisConnection.Event) {
        switch event {
        case .ready:
            isReady = true
            send(subscriptions.subscribe(subscriptions.topics))
        case .replies(let replies):
            for reply in replies where isReady { received(reply) }
        case .drained: return
        case .closed(let error, _): connectionEnded(error)
        }
    }

    /// Ends the connection from this side.
    private func disconnect() {
        connection?.assumeIsolated { $0.cancel() }
        connection = nil
        isReady = false
        subscriptions.connectionEnded()
    }

    private func connectionEnded(_ error: RedisError) {
        connection = nil
        if isReady {
            for id in listeners.keys { listeners[id]?.yield(.disconnected) }
        }
        isReady = false
        subscriptions.connectionEnded()
        failures += 1
        if failures.isPowerOfTwo {
            logger.warning(
                "the subscriber's connection to Redis failed",
                metadata: [
                    "redis-server": "\(configuration.place)", "reason": "\(error.message)", "failures": "\(failures)",
                ])
        }
        isReconnectScheduled = true
        let moment = MonotonicTime.now.advanced(by: backoff.delay(afterFailures: failures))
        executor.dispatchQueue.asyncAfter(deadline: moment.dispatchTime) { [weak self] in
            self?.assumeIsolated { subscriber in
                subscriber.isReconnectScheduled = false
                subscriber.connectIfNeeded()
            }
        }
    }
}
