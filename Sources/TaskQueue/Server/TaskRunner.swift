import Foundation
import Logging

/// How a run came to its end.
enum RunEnding: Sendable {
    /// The handler returned.
    case succeeded
    /// The handler threw, or its deadline passed.
    case failed(any Error)
    /// A cancel request ended it.
    case cancelled
    /// The server had to go.
    case shutdown
    /// The run no longer owns its task.
    case leaseLost
    /// There was no slot in time; the handler was not called.
    case notStarted

    /// The first interruption decides if there was one, whatever the handler made of it; else the handler's own end.
    init(_ result: Result<Void, any Error>, interruption: Interruption?) {
        switch (interruption, result) {
        case (.deadline, _): self = .failed(DeadlineExceeded())
        case (.cancelRequest, _): self = .cancelled
        case (.shutdown, _): self = .shutdown
        case (.leaseLost, _): self = .leaseLost
        case (nil, .success): self = .succeeded
        case (nil, .failure(is RunCancelled)): self = .cancelled
        case (nil, .failure(is NoSlot)): self = .notStarted
        case (nil, .failure(let error)): self = .failed(error)
        }
    }
}

/// A run was sent away before its handler had a slot.
struct NoSlot: Error {}

/// A slot of the gate, from when it was entered.
private struct HeldSlot: Sendable {
    let control: ServerControl
    private let beginning = ContinuousClock.now

    init(control: ServerControl) { self.control = control }

    /// How long it was held until now.
    var duration: Duration { beginning.duration(to: .now) }

    /// Gives it back, once.
    func leave() { control.gate.leave() }
}

/// Runs one taken task from its start to its written outcome.
struct TaskRunner: Sendable {
    let broker: any Broker
    /// The worker as shown to people.
    let workerName: String
    let configuration: TaskServerConfiguration
    let control: ServerControl
    let handler: any TaskHandler
    let writer: OutcomeWriter
    let forwarder: Forwarder
    let deadlines: Deadlines
    let logger: Logger
    let now: @Sendable () -> Date

    /// Makes a taken task known to the heartbeat, the cancel subscriber and the shutdown.
    func register(_ task: DequeuedTask) -> RunningTask {
        let running = RunningTask(task, at: now())
        control.running.insert(running)
        if control.state.phase == .aborting { running.interrupt(.shutdown) }
        return running
    }

    /// Gives a task back that came after the server had stopped taking tasks.
    func giveBack(_ task: DequeuedTask) async {
        let running = register(task)
        // Nobody else may give it back too.
        _ = running.conclude()
        _ = await requeue(running)
        control.running.remove(running)
        control.changeSlots {
            $0.handlerReturned()
            $0.outcomeWritten(wasAlone: false)
        }
    }

    /// Runs a registered task and writes its outcome, in the background.
    func start(_ running: RunningTask, isAlone: Bool = false) {
        let moment = now()
        running.start(at: moment) { await run(running, isAlone: isAlone) }
        deadlines.expect(running.deadline)
    }

    /// Gives a registered task back that was never started, in the background.
    func giveUp(_ running: RunningTask) {
        running.interrupt(.shutdown)
        running.start(at: running.startedAt) { await run(running, isAlone: false) }
    }

    /// Drops a registered task that belongs to another run by now.
    func forget(_ running: RunningTask) {
        guard running.conclude() else { return }
        control.changeSlots { $0.handlerReturned() }
        control.taskEnded(running, wasAlone: false)
    }

    /// Gives back what was interrupted and does not return, at a shutdown: its handler is left behind.
    func abandon(_ running: RunningTask) async {
        guard running.conclude() else { return }
        control.changeSlots { $0.handlerReturned() }
        if let outcome = await requeue(running) { await configuration.onOutcome?(context(of: running), outcome) }
        control.taskEnded(running, wasAlone: false)
    }

    /// In the Swift task that an interruption cancels.
    private func run(_ running: RunningTask, isAlone: Bool) async {
        let message = running.run.message
        let task = QueueTask(type: message.type, payload: message.payload, headers: message.headers)
        let context = context(of: running)
        let slot = await slot(for: running)
        let result = slot == nil ? .failure(NoSlot()) : await handle(task, context, running)
        guard running.conclude() else {
            slot?.leave()
            return
        }
        let ending = RunEnding(result, interruption: running.interruption)
        guard running.interruption != nil else {
            await finish(ending, task, context, running, slot: slot, isAlone: isAlone)
            return
        }
        // The outcome of a cancelled run must be written nevertheless: in a task that is not cancelled.
        await Task { await finish(ending, task, context, running, slot: slot, isAlone: isAlone) }.value
    }

    /// A slot for the handler, waited for if need be; `nil` when there is none in time or the run is over already.
    private func slot(for running: RunningTask) async -> HeldSlot? {
        guard running.interruption == nil, await control.gate.enter() else { return nil }
        return HeldSlot(control: control)
    }

    private func finish(
        _ ending: RunEnding, _ task: QueueTask, _ context: TaskContext, _ running: RunningTask, slot: HeldSlot?,
        isAlone: Bool
    ) async {
        // What is told of the outcome belongs to the run; without it the slot is free while the outcome is written.
        let keepsSlot = configuration.onOutcome != nil || isAlone
        if !keepsSlot { release(slot) }
        if let outcome = await conclude(ending, task, context, running) {
            await configuration.onOutcome?(context, outcome)
        }
        // Whatever was told: after a lost answer a refusal counts as written.
        if isAlone { await restoreFromPoison(running.run) }
        if keepsSlot { release(slot) }
        control.taskEnded(running, wasAlone: isAlone)
    }

    /// The handler has returned, or never began.
    private func release(_ slot: HeldSlot?) {
        slot?.leave()
        let duration = slot?.duration
        control.changeSlots { slots in
            if let duration { slots.slotHeld(for: duration) }
            slots.handlerReturned()
        }
    }

    /// Takes a task back from the archive that ran alone here while nobody heard of this worker, and was held guilty of its
    /// death.
    private func restoreFromPoison(_ run: TaskRun) async {
        do {
            guard try await broker.restoreFromPoison(run, reason: Rescuer.poisonText) == .written else { return }
            logger.notice("took a task back from the archive, since its worker lives", metadata: run.logMetadata)
        } catch {
            logger.error(
                "a task may be in the archive as poison although its worker lives: look, and run it again",
                metadata: run.logMetadata.merging(["error": "\(error)"]) { $1 })
        }
    }

    private func handle(
        _ task: QueueTask, _ context: TaskContext, _ running: RunningTask
    ) async -> Result<Void, any Error> {
        guard running.interruption == nil else { return .failure(CancellationError()) }
        guard !running.isTooLate(at: now()) else { return .failure(PendingExpired()) }
        guard running.deadline > now() else { return .failure(DeadlineExceeded()) }
        // A request made during an earlier run that its worker did not live to heed.
        if running.deliveries > 1 || running.run.message.retried > 0 {
            guard let isRequested = await isCancellationRequested(of: running) else {
                running.interrupt(.leaseLost)
                return .failure(CancellationError())
            }
            if isRequested { return .failure(RunCancelled()) }
        }
        // The answer took its time.
        guard running.interruption == nil else { return .failure(CancellationError()) }
        do {
            try await handler.process(task, context: context)
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    private func requeue(_ running: RunningTask) async -> TaskOutcome? {
        let run = running.run
        return await writer.write("requeue", of: running) { try await broker.requeue(run) } == .written
            ? .requeued : nil
    }

    private func context(of running: RunningTask) -> TaskContext {
        let message = running.run.message
        let writer = ResultWriter { [broker] bytes in
            guard try await broker.writeResult(bytes, of: running.run) == .written else { throw TaskLost() }
        }
        let step = StepReference(message).map { reference in
            StepContext(reference) { [broker] in try await broker.results(ofTasks: $0, in: message.queue) }
        }
        return TaskContext(
            taskID: message.id, queue: message.queue, maxRetry: Int(message.maxRetry), retried: Int(message.retried),
            deliveries: running.deliveries, workerID: workerName, deadline: running.deadline, resultWriter: writer,
            step: step)
    }

    /// Whether a task was cancelled for good before this run, asked until the store answers as long as an outcome could be
    /// written; `nil` when it did not, and the task is another's by now, or when the run was interrupted meanwhile.
    ///
    /// An answer that was not waited for would run a task that is to end.
    private func isCancellationRequested(of running: RunningTask) async -> Bool? {
        var isRequested: Bool?
        _ = await writer.write("cancellation look-up", of: running) {
            // Who is interrupted need not know, and gets no answer any more.
            guard running.interruption == nil else { return .written }
            isRequested = try await broker.isCancellationRequested(of: running.run)
            return .written
        }
        return isRequested
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
        case .shutdown, .notStarted: return await requeue(running)
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
        if error is PendingExpired { return await expire(running) }
        let release = ErrorChain(error).first(ReleaseTask.self)
        if release == nil { await configuration.errorHandler?(task, context, error) }
        let request = FailureRequest(error)
        if request == .delete {
            return await writer.write("revocation", of: running) { try await broker.done(run) } == .written
                ? .revoked : nil
        }
        if let release { return await self.release(running, after: release.delay) }
        let text = String(describing: error)
        let isFailure = configuration.isFailure(error)
        if request == .archive || configuration.isLastTry(of: run.message, isFailure: isFailure) {
            let result = await writer.write("archiving", of: running) { try await broker.archive(run, error: text) }
            return await told(result, .archived(error: error), running)
        }
        let retried = Int(run.message.retried)
        let delay =
            running.options.retryDelays?.delay(retried: retried)
            ?? configuration.retryPolicy.delay(retried: retried, task: task, error: error)
        let date = now().addingTimeInterval(delay.timeInterval).roundedUp
        let result = await writer.write("retry", of: running) {
            try await broker.retry(run, at: date, error: text, isFailure: isFailure)
        }
        if result == .written { forwarder.expect(queue: run.message.queue, at: date) }
        let left = Int(run.message.maxRetry) - retried - (isFailure ? 1 : 0)
        return await told(result, .retrying(error: error, at: date, retriesLeft: max(0, left)), running)
    }

    /// What is told of a failure that was written like this, after whoever wants to know was told of an archived task; `nil`
    /// when it was not written.
    func told(
        _ result: OutcomeWriter.Result, _ outcome: TaskOutcome, _ running: RunningTask
    ) async -> TaskOutcome? {
        switch (result, outcome) {
        case (.written, .archived(let error)):
            await configuration.tellArchived(running.run, reason: String(describing: error))
            return outcome
        case (.written, _): return outcome
        case (.cancelled, _):
            await configuration.tellArchived(running.run, reason: TaskInspector.cancelledText)
            return .cancelled
        case (.notWritten, _): return nil
        }
    }
}
