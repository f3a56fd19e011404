import Foundation
import Logging

/// Runs one taken task from its start to its written outcome.
struct TaskRunner: Sendable {
    let broker: any Broker
    let identity: WorkerIdentity
    let configuration: TaskServerConfiguration
    let control: ServerControl
    let handler: any TaskHandler
    let writer: OutcomeWriter
    let forwarder: Forwarder
    let logger: Logger
    let now: @Sendable () -> Date

    /// Makes a taken task known to the heartbeat, the cancel subscriber and the shutdown.
    func register(_ task: DequeuedTask) -> RunningTask {
        let startedAt = now()
        let running = RunningTask(
            run: task.run, startedAt: startedAt, deadline: Self.deadline(of: task.run.message, startedAt: startedAt),
            leaseExpiresAt: task.leaseExpiresAt)
        control.running.insert(running)
        if control.state.phase == .aborting { running.interrupt(.shutdown) }
        return running
    }

    /// Gives a task back that was never begun.
    func giveBack(_ task: DequeuedTask) async {
        let running = register(task)
        defer { control.running.remove(running) }
        _ = await writer.write("requeue", of: running) { try await broker.requeue(task.run) }
    }

    /// Runs a registered task and writes its outcome.
    func run(_ task: DequeuedTask, as running: RunningTask) async {
        defer { control.running.remove(running) }
        let message = task.run.message
        let queueTask = QueueTask(type: message.type, payload: message.payload, headers: message.headers)
        let context = context(of: task, deadline: running.deadline)
        let ending = await ending(of: task, queueTask, context, running)
        guard let outcome = await conclude(ending, queueTask, context, running) else { return }
        await configuration.onOutcome?(context, outcome)
    }

    /// When a run must end; both limits given, the earlier counts; none, 30 minutes.
    ///
    /// Source: asynq `computeDeadline`.
    static func deadline(of message: TaskMessage, startedAt: Date) -> Date {
        let fallback = message.deadlineUnixSeconds == 0 ? EnqueueOptions.defaultTimeout.secondsRoundedUp : 0
        let timeout = message.timeoutSeconds > 0 ? message.timeoutSeconds : fallback
        let byTimeout = timeout > 0 ? startedAt.addingTimeInterval(Double(timeout)) : nil
        let byDeadline = Date(nonZeroUnixSeconds: message.deadlineUnixSeconds)
        return [byTimeout, byDeadline].compactMap { $0 }.min() ?? startedAt
    }

    private func context(of task: DequeuedTask, deadline: Date) -> TaskContext {
        let message = task.run.message
        let writer = ResultWriter { bytes in
            guard try await broker.writeResult(bytes, of: task.run) == .written else { throw TaskLost() }
        }
        return TaskContext(
            taskID: message.id, queue: message.queue, maxRetry: Int(message.maxRetry), retried: Int(message.retried),
            deliveries: task.deliveries, workerID: "\(identity.host):\(identity.pid)", deadline: deadline,
            resultWriter: writer)
    }

    private func ending(
        of task: DequeuedTask, _ queueTask: QueueTask, _ context: TaskContext, _ running: RunningTask
    ) async -> RunEnding {
        guard running.deadline > now() else { return .failed(DeadlineExceeded()) }
        // A request made during an earlier run that its worker did not live to heed.
        if task.deliveries > 1 || task.run.message.retried > 0, await isCancellationRequested(of: task.run) {
            return .cancelled
        }
        let handlerRun = HandlerRun(handler: handler, abandonTimeout: configuration.abandonTimeout, now: now)
        return await handlerRun.ending(of: queueTask, context: context, running: running)
    }

    private func isCancellationRequested(of run: TaskRun) async -> Bool {
        do { return try await broker.isCancellationRequested(of: run) } catch {
            logger.warning(
                "whether the task was cancelled for good is unknown",
                metadata: run.logMetadata.merging(["error": "\(error)"]) { $1 })
            return false
        }
    }
}

// MARK: Outcomes

extension TaskRunner {
    /// Writes what came of a run; `nil` when nothing was written.
    private func conclude(
        _ ending: RunEnding, _ task: QueueTask, _ context: TaskContext, _ running: RunningTask
    ) async -> TaskOutcome? {
        switch ending {
        case .succeeded: return await succeed(context, running)
        case .failed(let error): return await fail(error, task, context, running)
        case .cancelled: return await fail(RunCancelled(), task, context, running)
        case .shutdown:
            let run = running.run
            return await writer.write("requeue", of: running) { try await broker.requeue(run) } == .written
                ? .requeued : nil
        case .leaseLost:
            logger.warning("the task now belongs to another run", metadata: running.run.logMetadata)
            return nil
        }
    }

    private func succeed(_ context: TaskContext, _ running: RunningTask) async -> TaskOutcome? {
        let run = running.run
        let result = await writer.write("success", of: running) {
            switch (context.handedOver, run.message.retentionSeconds > 0) {
            case (let next?, true): try await broker.complete(run, handingOverTo: next)
            case (let next?, false): try await broker.done(run, handingOverTo: next)
            case (nil, true): try await broker.complete(run)
            case (nil, false): try await broker.done(run)
            }
        }
        return result == .written ? .succeeded : nil
    }

    private func fail(
        _ error: any Error, _ task: QueueTask, _ context: TaskContext, _ running: RunningTask
    ) async -> TaskOutcome? {
        let run = running.run
        await configuration.errorHandler?(task, context, error)
        if error is RevokeTask {
            return await writer.write("revocation", of: running) { try await broker.done(run) } == .written
                ? .revoked : nil
        }
        if !(error is SkipRetry), await isCancellationRequested(of: run) { return await archiveCancelled(running) }
        let text = String(describing: error)
        if error is SkipRetry || run.message.retried >= run.message.maxRetry {
            let result = await writer.write("archiving", of: running) { try await broker.archive(run, error: text) }
            return result == .written ? .archived(error: error) : nil
        }
        let isFailure = configuration.isFailure(error)
        let retried = Int(run.message.retried)
        let delay = configuration.retryPolicy.delay(retried: retried, task: task, error: error)
        let date = now().addingTimeInterval(delay.timeInterval).roundedUp
        let result = await writer.write("retry", of: running) {
            try await broker.retry(run, at: date, error: text, isFailure: isFailure)
        }
        guard result == .written else { return nil }
        forwarder.expect(queue: run.message.queue, at: date)
        let left = Int(run.message.maxRetry) - retried - (isFailure ? 1 : 0)
        return .retrying(error: error, at: date, retriesLeft: max(0, left))
    }

    private func archiveCancelled(_ running: RunningTask) async -> TaskOutcome? {
        let run = running.run
        let result = await writer.write("cancellation", of: running) {
            try await broker.archive(run, error: TaskInspector.cancelledText)
        }
        guard result == .written else { return nil }
        // Left behind it would cancel the task's next run, should somebody run it again.
        try? await broker.clearCancellationRequest(of: run)
        return .cancelled
    }
}
