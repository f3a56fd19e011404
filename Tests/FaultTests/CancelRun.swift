import ConcurrencySupport
import Foundation
import QueueTestWorker
import Redis

@testable import TaskQueue

/// A running task that is cancelled for good, while its worker or the canceller is killed, or stopped and resumed, at one step.
struct CancelRun: Sendable {
    /// Whose step it is and which.
    enum Step: String, Sendable, CaseIterable {
        /// The worker stands still or dies before the request is made.
        case workerBeforeRequest
        /// The worker hears of the request.
        case workerBeforeHearing
        /// The worker looks whether the request that it has heard of is stored.
        case workerBeforeLook, workerAfterLook
        /// The worker writes the end of the run, and is told that the task is cancelled.
        case workerBeforeEnd, workerAfterEnd
        /// The worker archives the task.
        case workerBeforeArchiving, workerAfterArchiving
        /// The canceller reads the task.
        case cancellerBeforeReading, cancellerAfterReading
        /// The canceller writes the request.
        case cancellerBeforeRequest, cancellerAfterRequest

        /// Whether the step is the canceller's.
        var isOfCanceller: Bool { rawValue.hasPrefix("canceller") }
    }

    /// What is done to the process.
    enum Fault: String, Sendable, CaseIterable { case kill, stop }

    /// What came of it.
    struct Report: Sendable {
        let checker: InvariantChecker
        let violations: [Violation]
        /// How the canceller ended.
        let canceller: ProcessEnd
        let log: String
    }

    static let id = "long"
    private static let plan = TaskPlan(id: id, behaviour: TaskBehaviour(.hold, times: 1000))

    private let watch: FleetWatch

    /// Runs it from the start of its processes to their end.
    static func report(at step: Step, _ fault: Fault) async throws -> Report {
        let settings = WorkerSettings(redis: "", queue: SequenceRun.queue, liveness: FaultTests.liveness)
        return try await FleetWatch.onFleet(settings) { try await Self(watch: $0).run(at: step, fault) }
    }

    private func run(at step: Step, _ fault: Fault) async throws -> Report {
        let fleet = watch.fleet
        try await watch.load([BrokerScripts.retry, BrokerScripts.archive, InspectorScripts.requestCancellation])
        let traps = (worker: try await fleet.makeTrap(), canceller: try await fleet.makeTrap())
        try await fleet.startWorker(through: traps.worker)
        try await enqueue()
        try await watch.until("the task runs") { try await watch.records().contains { $0.event == .started } }
        try await fleet.startWorkers(1)
        try await watch.until("the second worker is there") { try await watch.inspector.servers().count == 2 }
        let worker = await fleet.processID(of: 0)
        let signal = fault == .kill ? SIGKILL : SIGSTOP
        let cancellerID = LockedValue<pid_t>(0)
        let trap = step.isOfCanceller ? traps.canceller : traps.worker
        set(trap, at: step) {
            guard step.isOfCanceller else { return kill(worker, signal) == 0 }
            // It is there: this is its connection.
            while cancellerID.withLock({ $0 }) == 0 { usleep(1000) }
            return kill(cancellerID.withLock { $0 }, signal) == 0
        }
        if step == .workerBeforeRequest { _ = kill(worker, signal) }
        let canceller = try await fleet.spawn(
            Canceller(redis: "unix://\(traps.canceller.path)", queue: SequenceRun.queue, id: Self.id).arguments)
        cancellerID.withLock { $0 = canceller }
        try await watch.until("the fault has come") { step == .workerBeforeRequest || trap.hasSprung }
        if fault == .kill { trap.release(dropping: true) }
        try await meanwhile(step, fault)
        if fault == .stop {
            _ = kill(step.isOfCanceller ? canceller : worker, SIGCONT)
            trap.release(dropping: false)
        }
        try await awaitArchive()
        let end = try await end(of: canceller)
        await fleet.stopWorkers(patience: SequenceRun.patience)
        var operations = Operations(acknowledged: [Self.id], cancelled: [Self.id])
        operations.acknowledgedCancels = [Self.id]
        let checker = try await watch.judge([Self.plan], operations)
        return Report(
            checker: checker, violations: await fleet.violations + checker.violations, canceller: end, log: fleet.log)
    }

    /// What happens while the process is stopped, or after it was killed.
    private func meanwhile(_ step: Step, _ fault: Fault) async throws {
        guard [.cancellerBeforeReading, .cancellerAfterReading, .cancellerBeforeRequest].contains(step) else {
            return try await awaitArchive()
        }
        if fault == .kill {
            // Nothing was changed, so the task runs on, until somebody else cancels it.
            _ = try await watch.inspector.cancel(Self.id, in: SequenceRun.queue)
        } else {
            // What the canceller has read is another run's by the time that it goes on.
            await watch.fleet.signal(SIGKILL, worker: 0)
            try await watch.until("another run has begun") {
                try await watch.records().contains { $0.event == .started && $0.delivery > 1 }
            }
        }
    }

    private func set(_ trap: CommandTrap, at step: Step, spring: @escaping @Sendable () -> Bool) {
        switch step {
        case .workerBeforeRequest: return
        case .workerBeforeHearing: trap.set(Self.publication, .hearing, spring: spring)
        case .workerBeforeLook, .workerAfterLook:
            // Not a look by chance, but the one that follows.
            trap.set(Self.publication, .hearing) {
                trap.set("HEXISTS", step == .workerBeforeLook ? .before : .after, spring: spring)
                return false
            }
        case .workerBeforeEnd: trap.set(BrokerScripts.retry.sha1, .before, spring: spring)
        case .workerAfterEnd: trap.set(BrokerScripts.retry.sha1, .after, spring: spring)
        case .workerBeforeArchiving: trap.set(BrokerScripts.archive.sha1, .before, spring: spring)
        case .workerAfterArchiving: trap.set(BrokerScripts.archive.sha1, .after, spring: spring)
        case .cancellerBeforeReading: trap.set("HMGET", .before, spring: spring)
        case .cancellerAfterReading: trap.set("HMGET", .after, spring: spring)
        case .cancellerBeforeRequest:
            trap.set(InspectorScripts.requestCancellation.sha1, .before, spring: spring)
        case .cancellerAfterRequest:
            trap.set(InspectorScripts.requestCancellation.sha1, .after, spring: spring)
        }
    }

    /// What only the publication of the request holds.
    private static let publication = RedisKeys(queue: SequenceRun.queue).task(id)

    private func enqueue() async throws {
        let client = TaskClient(redis: watch.fleet.configuration, logger: watch.fleet.logger)
        try await client.enqueue(
            QueueTask(type: SequenceRun.taskType, payload: Self.plan.behaviour.payload),
            EnqueueOptions(
                queue: SequenceRun.queue, taskID: Self.id, maxRetry: Self.plan.maxRetry, timeout: .seconds(600)))
        await client.close()
    }

    private func awaitArchive() async throws {
        let key = RedisArgument.string(watch.keys.archived)
        try await watch.until("the task is archived") {
            try await watch.control.send("ZCARD", key).integer() == 1
        }
    }

    private func end(of process: pid_t) async throws -> ProcessEnd {
        var end: ProcessEnd?
        try await watch.until("the canceller has ended") {
            end = ProcessEnd.poll(process)
            return end != nil
        }
        return end ?? .exited(-1)
    }
}
