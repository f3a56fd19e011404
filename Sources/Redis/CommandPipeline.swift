import ConcurrencySupport
import Dispatch
import Logging
import Synchronization

/// Gathers the commands of many tasks into one connection's stream, matches the replies, and reconnects.
///
/// Callers put requests into an inbox under a lock; the first one wakes the executor, which takes all that has gathered
/// meanwhile: one enqueue and one write a turn, not one a command.
actor CommandPipeline {
    private struct Inbox {
        var requests: [PendingRequest] = []
        var isClosed = false
    }

    private nonisolated let executor = DispatchExecutor(label: "redis")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private nonisolated let inbox = LockedValue(Inbox())
    private nonisolated let nextID = Atomic<UInt64>(0)
    private let configuration: RedisConfiguration
    private let name: String
    private let logger: Logger
    private let backoff = Backoff.reconnecting

    private var connection: RedisConnection?
    private var isReady = false
    private var isClosed = false
    /// Not written yet.
    private var waiting = FIFO<PendingRequest>()
    /// Handed to the connection, in the order in which replies come.
    private var inFlight = FIFO<PendingRequest>()
    /// Bytes handed to the present connection.
    private var handedOver = 0
    /// Connections that failed since one answered a command.
    private var failures = 0
    private var lastConnectError: RedisError?
    private var reconnectTime = MonotonicTime.now
    private var isReconnectScheduled = false
    /// The earliest moment at which ``deadlineReached(_:)`` is due.
    private var armedDeadline: MonotonicTime?

    /// Output beyond this stays with the requests, where it can still be cancelled: 256 KiB.
    private static let outputLimit = 256 * 1024

    init(_ configuration: RedisConfiguration, name: String, logger: Logger) {
        self.configuration = configuration
        self.name = name
        self.logger = logger
    }

    // MARK: Callers

    /// Writes commands together and waits for their replies.
    ///
    /// - Parameters:
    ///   - commands: One at least.
    ///   - timeout: The limit from now on, connecting included.
    /// - Returns: As many replies, in order.
    /// - Throws: See ``RedisClient/send(_:timeout:)``; never `.commandRejected`.
    nonisolated func run(_ commands: EncodedCommands, timeout: Duration) async throws(RedisError) -> Replies {
        guard !Task.isCancelled else {
            throw RedisError(.cancelled, Self.cancelledUnsent, command: commands.name)
        }
        let id = nextID.wrappingAdd(1, ordering: .relaxed).newValue
        let deadline = MonotonicTime.now.advanced(by: timeout)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                submit(PendingRequest(id: id, commands: commands, deadline: deadline, continuation: continuation))
                // A cancellation that came before the request was there found nothing to end.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
        return try result.get()
    }

    /// Fails everything with `.closed` and takes nothing more.
    func close() {
        inbox.withLock { $0.isClosed = true }
        takeInbox()
        isClosed = true
        connection?.assumeIsolated { $0.cancel() }
        connection = nil
        isReady = false
        for var request in inFlight.removeAll() + waiting.removeAll() { request.fail(.closed, Self.closedMessage) }
    }

    private static let closedMessage = "the client was closed"
    private static let cancelledUnsent = "the task was cancelled before the command was sent"

    private nonisolated func submit(_ request: PendingRequest) {
        let (isTaken, isFirst) = inbox.withLock { inbox in
            guard !inbox.isClosed else { return (false, false) }
            inbox.requests.append(request)
            return (true, inbox.requests.count == 1)
        }
        guard isTaken else {
            var request = request
            request.fail(.closed, Self.closedMessage)
            return
        }
        if isFirst { executor.dispatchQueue.async { self.assumeIsolated { $0.turn() } } }
    }

    private nonisolated func cancel(_ id: UInt64) {
        executor.dispatchQueue.async { self.assumeIsolated { $0.cancelRequest(id) } }
    }

    // MARK: On the executor

    private func turn() {
        takeInbox()
        connectIfNeeded()
        flush()
    }

    private func takeInbox() {
        let requests = inbox.withLock { inbox in
            let requests = inbox.requests
            inbox.requests = []
            return requests
        }
        for request in requests {
            waiting.append(request)
            arm(request.deadline)
        }
    }

    private func cancelRequest(_ id: UInt64) {
        takeInbox()
        for var request in waiting.remove(where: { $0.id == id }) {
            request.fail(.cancelled, Self.cancelledUnsent)
        }
        inFlight.updateEach { request in
            guard request.id == id else { return }
            request.fail(.cancelled, "the task was cancelled; whether the command ran is unknown")
        }
        turn()
    }

    private func flush() {
        guard isReady, let connection else { return }
        while !waiting.isEmpty {
            let room = Self.outputLimit - connection.assumeIsolated { $0.unsentByteCount }
            // What is held back follows on `.drained`.
            guard room > 0 else { return }
            var bytes: [UInt8] = []
            while bytes.count < room, var request = waiting.popFirst() {
                request.start = handedOver + bytes.count
                // A lone request's bytes go on as they are.
                if bytes.isEmpty { bytes = request.commands.bytes } else { bytes += request.commands.bytes }
                inFlight.append(request)
            }
            handedOver += bytes.count
            connection.assumeIsolated { [bytes] in $0.write(bytes) }
        }
    }
}

// MARK: - The connection
extension CommandPipeline {
    private func connectIfNeeded() {
        guard connection == nil, !isClosed, !isReconnectScheduled, !waiting.isEmpty else { return }
        guard reconnectTime <= MonotonicTime.now else {
            isReconnectScheduled = true
            executor.dispatchQueue.asyncAfter(deadline: reconnectTime.dispatchTime) { [weak self] in
                self?.assumeIsolated { pipeline in
                    pipeline.isReconnectScheduled = false
                    pipeline.connectIfNeeded()
                }
            }
            return
        }
        do {
            let connection = try RedisConnection(configuration, name: name, executor: executor) { [weak self] event in
                self?.assumeIsolated { $0.handle(event) }
            }
            self.connection = connection
            handedOver = 0
            connection.assumeIsolated { $0.connect() }
        } catch {
            connectionEnded(error, written: 0)
        }
    }

    private func handle(_ event: RedisConnection.Event) {
        switch event {
        case .ready:
            isReady = true
            lastConnectError = nil
            logger.debug("connected to Redis", metadata: ["redis-server": "\(configuration.place)"])
            flush()
        case .drained: flush()
        case .replies(let replies): received(replies)
        case .closed(let error, let written): connectionEnded(error, written: written)
        }
    }

    private func received(_ replies: [RedisReply]) {
        failures = 0
        for reply in replies {
            guard let isComplete = inFlight.updateFirst({ $0.received(reply) }) else {
                endConnection(RedisError(.connectionLost, "Redis sent a reply that nobody asked for"))
                return
            }
            if isComplete { _ = inFlight.popFirst() }
        }
    }

    /// Ends the connection from this side.
    private func endConnection(_ error: RedisError) {
        guard let connection else { return }
        let written = handedOver - connection.assumeIsolated { $0.unsentByteCount }
        connection.assumeIsolated { $0.cancel() }
        connectionEnded(error, written: written)
    }

    private func connectionEnded(_ error: RedisError, written: Int) {
        connection = nil
        isReady = false
        failures += 1
        reconnectTime = MonotonicTime.now.advanced(by: backoff.delay(afterFailures: failures))
        if failures.isPowerOfTwo {
            logger.warning(
                "the connection to Redis failed",
                metadata: [
                    "redis-server": "\(configuration.place)", "reason": "\(error.message)", "failures": "\(failures)",
                ])
        }
        let sent = inFlight.remove { $0.start < written }
        for var request in sent {
            request.fail(.connectionLost, "\(error.message); whether the command ran is unknown")
        }
        waiting.prepend(inFlight.removeAll().filter { $0.continuation != nil })
        if error.code == .connectFailed {
            lastConnectError = error
            if error.isRefusal {
                for var request in waiting.removeAll() { request.fail(.connectFailed, error.message, isRefusal: true) }
            }
        }
        connectIfNeeded()
    }
}

// MARK: - Time limits
extension CommandPipeline {
    private func arm(_ deadline: MonotonicTime) {
        if let armedDeadline, armedDeadline <= deadline { return }
        armedDeadline = deadline
        executor.dispatchQueue.asyncAfter(deadline: deadline.dispatchTime) { [weak self] in
            self?.assumeIsolated { $0.deadlineReached(deadline) }
        }
    }

    private func deadlineReached(_ deadline: MonotonicTime) {
        // A later call has armed an earlier moment, whose turn arms the next.
        guard armedDeadline == deadline else { return }
        armedDeadline = nil
        takeInbox()
        let now = MonotonicTime.now
        for var request in waiting.remove(where: { $0.deadline <= now }) {
            if let lastConnectError, !isReady {
                request.fail(.connectFailed, lastConnectError.message)
            } else {
                request.fail(.timedOut, "the command was not sent within its time limit")
            }
        }
        var hasExpired = false
        inFlight.updateEach { request in
            guard request.deadline <= now else { return }
            hasExpired = true
            request.fail(.timedOut, "no answer came within the time limit; whether the command ran is unknown")
        }
        if hasExpired { endConnection(RedisError(.connectionLost, "a command on the same connection timed out")) }
        if let next = (waiting.all + inFlight.all).map(\.deadline).min() { arm(next) }
        turn()
    }
}
