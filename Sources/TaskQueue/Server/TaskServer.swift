package import Foundation
public import Logging
public import Redis

/// Takes tasks from queues and runs them: asynq's `Server`.
///
/// ``run(_:requirePing:)`` is called once. Signals are the program's affair: TSTP calls ``stop()``, TERM and INT call
/// ``shutdown()``, a second one ``shutdownNow()``.
public final class TaskServer: Sendable {
    /// This process as the fleet sees it.
    package let identity: WorkerIdentity
    private let broker: any Broker
    private let configuration: TaskServerConfiguration
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let onClose: @Sendable () async -> Void
    private let control: ServerControl

    /// Makes a server; nothing is connected before it runs.
    public convenience init(redis: RedisConfiguration, configuration: TaskServerConfiguration, logger: Logger) {
        let broker = RedisBroker(redis, logger: logger)
        self.init(
            broker: broker, configuration: configuration, logger: logger, onClose: { await broker.close() })
    }

    /// Makes a server of a broker that somebody else owns, unless `onClose` closes it.
    package init(
        broker: any Broker, configuration: TaskServerConfiguration, logger: Logger, identity: WorkerIdentity? = nil,
        onClose: @escaping @Sendable () async -> Void = {}, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        let identity = identity ?? .current()
        self.identity = identity
        self.broker = broker
        self.configuration = configuration
        self.logger = logger
        self.onClose = onClose
        self.now = now
        control = ServerControl(concurrency: configuration.concurrency, burstCount: Processor.burstCount)
    }

    /// `new`, `active`, `stopped` or `closed`, as published.
    public var status: String { control.state.status }
    /// How many tasks run at this moment.
    public var runningTaskCount: Int { control.state.running }

    /// Takes and runs tasks until a shutdown is over; cancelling the calling task is a graceful shutdown.
    ///
    /// A store that cannot be reached is no error: everything is tried again until it answers. Then the clocks are
    /// compared before any task is taken: beyond 5 s apart is a warning in the log.
    ///
    /// - Parameters:
    ///   - handler: Does the tasks.
    ///   - requirePing: Whether the store must answer once before anything starts.
    /// - Throws: ``TaskServerError`` unless the server is new, and when this machine's clock is more than 30 s from the
    ///   store's; with `requirePing` the store's error, and the server is still new.
    public func run(_ handler: any TaskHandler, requirePing: Bool = false) async throws {
        if requirePing { try await broker.ping() }
        try control.start()
        // A task of its own: cancelling the caller must begin a shutdown, not cut off dequeues and outcome writes.
        let server = Task { try await self.runUntilClosed(handler) }
        try await withTaskCancellationHandler {
            try await server.value
        } onCancel: {
            control.shutdown()
        }
    }

    /// Takes no more tasks, and stays alive; running tasks go on.
    ///
    /// It cannot be undone.
    public func stop() {
        control.stop()
    }

    /// Takes no more tasks, waits for those that run up to the shutdown timeout, gives the rest back, and returns when
    /// ``run(_:requirePing:)`` is about to.
    public func shutdown() async {
        control.shutdown()
        await control.closed.wait()
    }

    /// Cancels what runs, gives everything back at once, and returns when ``run(_:requirePing:)`` is about to.
    public func shutdownNow() async {
        control.abort()
        await control.closed.wait()
    }

    private func runUntilClosed(_ handler: any TaskHandler) async throws {
        if let refusal = await refusalToStart() {
            control.shutdown()
            await onClose()
            control.finish()
            throw refusal
        }
        let parts = ServerParts(
            broker: broker, identity: identity, configuration: configuration, control: control, handler: handler,
            logger: logger, now: now)
        logger.info("server started", metadata: ["server-id": "\(identity.serverID)"])
        await withDiscardingTaskGroup { present in
            parts.addOversight(to: &present)
            present.addTask { await self.abortWhenTimeIsOver() }
            present.addTask { await self.abandonWhatDoesNotReturn(parts.runner) }
            await withDiscardingTaskGroup { housekeeping in
                parts.addHousekeeping(to: &housekeeping)
                await parts.processor.run()
                await control.shutdownRequested.wait()
                housekeeping.cancelAll()
            }
            present.cancelAll()
        }
        do { try await broker.clearServerState(worker: identity) } catch {
            logger.warning("the server's presence will expire by itself", metadata: ["error": "\(error)"])
        }
        await onClose()
        logger.info("server stopped", metadata: ["server-id": "\(identity.serverID)"])
        control.finish()
    }

    /// Waits until the store answers, and asks whether clock and store are fit.
    private func refusalToStart() async -> TaskServerError? {
        let comparison = ClockComparison(broker: broker, logger: logger, now: now)
        if let refusal = await comparison.refusal(unless: control.shutdownRequested) { return refusal }
        // A store that does not tell is taken as it is.
        guard !control.state.isShuttingDown, let facts = try? await broker.storeFacts() else { return nil }
        if let warning = facts.warning { logger.warning("\(warning)") }
        return facts.refusal.map { TaskServerError(.storeUnfit, detail: $0) }
    }

    private func abortWhenTimeIsOver() async {
        await control.shutdownRequested.wait()
        if (try? await Task.sleep(for: configuration.shutdownTimeout)) != nil { control.abort() }
    }

    /// Gives back what was cancelled by a shutdown and goes on nevertheless, its handler left behind; then leaves behind what
    /// has not ended in spite of that: the program's own callbacks may never return.
    private func abandonWhatDoesNotReturn(_ runner: TaskRunner) async {
        await control.abortRequested.wait()
        guard (try? await Task.sleep(for: configuration.abandonTimeout)) != nil else { return }
        // Not awaited: giving back calls a callback too.
        for task in control.running.all { Task { await runner.abandon(task) } }
        guard (try? await Task.sleep(for: OutcomeWriter.abortWriteLimit + Self.callbackLimit)) != nil else { return }
        for task in control.running.all {
            logger.error(
                "the server ends although a run has not: its error handler or outcome callback does not return",
                metadata: task.run.logMetadata)
        }
        control.leaveBehind()
    }

    /// How long callbacks have for the outcomes that a shutdown wrote.
    private static let callbackLimit = Duration.seconds(1)
}

extension WorkerIdentity {
    /// This process, with a new server id.
    static func current() -> WorkerIdentity {
        WorkerIdentity(
            host: ProcessInfo.processInfo.hostName, pid: ProcessInfo.processInfo.processIdentifier,
            serverID: UUID().uuidString.lowercased())
    }
}
