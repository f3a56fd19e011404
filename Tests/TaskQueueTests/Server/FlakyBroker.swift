import ConcurrencySupport
import Foundation

@testable import TaskQueue

/// A broker whose first outcome writes fail, before or after they reached the real one.
final class FlakyBroker: Broker {
    enum Fault { case requestLost, answerLost }
    /// Calls that a test may watch, hold up or fail.
    enum Call: Equatable {
        case done(String), dequeue, writeServerState, extendLeases, expiredLeases, isCancellationRequested, isPaused
        case announce, stand, fence, adopt, claim, settle, createTick
    }

    let real: any Broker
    let faults: LockedValue<[Fault]>
    /// What the store is said to be; `nil` is what it says itself.
    let facts: StoreFacts?
    let before: @Sendable (Call) async throws -> Void
    /// Faults of completing, see `FlakyBroker+Workflows.swift`.
    let completeFaults = LockedValue<[Fault]>([])
    /// Stands between a run's completion and the store: it is told how often that was tried before.
    let beforeComplete = LockedValue<CompletionHook?>(nil)
    let completions = LockedValue(0)
    private let afterDequeue: @Sendable ([DequeuedTask]) async throws -> Void

    init(
        _ real: any Broker, doneFaults: [Fault] = [], facts: StoreFacts? = nil,
        before: @escaping @Sendable (Call) async throws -> Void = { _ in },
        afterDequeue: @escaping @Sendable ([DequeuedTask]) async throws -> Void = { _ in }
    ) {
        self.real = real
        self.facts = facts
        faults = LockedValue(doneFaults)
        self.before = before
        self.afterDequeue = afterDequeue
    }

    var faultsLeft: Int { faults.withLock { $0.count } }

    func done(_ run: TaskRun) async throws -> OutcomeWrite {
        try await before(.done(run.message.id))
        let fault = faults.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        if fault == .requestLost { throw TestFailure(description: "the request was lost") }
        let outcome = try await real.done(run)
        if fault == .answerLost { throw TestFailure(description: "the answer was lost") }
        return outcome
    }

    func ping() async throws { try await real.ping() }
    func create(_ message: TaskMessage, placement: TaskPlacement, uniqueFor: Duration?) async throws -> CreateOutcome {
        try await real.create(message, placement: placement, uniqueFor: uniqueFor)
    }
    func create(
        batch tasks: [(message: TaskMessage, placement: TaskPlacement, uniqueFor: Duration?)]
    ) async throws -> [CreateOutcome] { try await real.create(batch: tasks) }
    func dequeue(_ plan: DequeuePlan, worker: WorkerIdentity) async throws -> DequeueResult {
        try await before(.dequeue)
        let result = try await real.dequeue(plan, worker: worker)
        try await afterDequeue(result.tasks)
        return result
    }
    func wakeUps() -> AsyncStream<WakeUp> { real.wakeUps() }
    func isPaused(queue: String) async throws -> Bool {
        try await before(.isPaused)
        return try await real.isPaused(queue: queue)
    }
    func markAlone(_ run: TaskRun) async throws -> OutcomeWrite { try await real.markAlone(run) }
    func cancellationRequests(among runs: [TaskRun]) async throws -> [Int] {
        try await real.cancellationRequests(among: runs)
    }
    func orphanedTasks(
        in queues: [String], besides worker: WorkerIdentity, running: Set<String>
    ) async throws -> [OwnedTask] {
        try await real.orphanedTasks(in: queues, besides: worker, running: running)
    }
    func waitForPending(in queue: String, timeout: Duration) async throws {
        try await real.waitForPending(in: queue, timeout: timeout)
    }
    func retry(_ run: TaskRun, at date: Date, error: String, isFailure: Bool) async throws -> OutcomeWrite {
        try await real.retry(run, at: date, error: error, isFailure: isFailure)
    }
    func archive(_ run: TaskRun, error: String) async throws -> OutcomeWrite {
        try await real.archive(run, error: error)
    }
    func requeue(_ run: TaskRun) async throws -> OutcomeWrite { try await real.requeue(run) }
    func done(_ run: TaskRun, handingOverTo next: TaskMessage) async throws -> OutcomeWrite {
        try await real.done(run, handingOverTo: next)
    }
    func complete(_ run: TaskRun, handingOverTo next: TaskMessage) async throws -> OutcomeWrite {
        try await real.complete(run, handingOverTo: next)
    }
    func isCancellationRequested(of run: TaskRun) async throws -> Bool {
        try await before(.isCancellationRequested)
        return try await real.isCancellationRequested(of: run)
    }
    func extendLeases(of runs: [TaskRun], in queue: String) async throws -> [TaskRun] {
        try await before(.extendLeases)
        return try await real.extendLeases(of: runs, in: queue)
    }
    func writeResult(_ bytes: [UInt8], of run: TaskRun) async throws -> OutcomeWrite {
        try await real.writeResult(bytes, of: run)
    }
    func forward(queue: String) async throws -> Int { try await real.forward(queue: queue) }
    func nextDue(queues: [String]) async throws -> [String: Date] { try await real.nextDue(queues: queues) }
    func deleteExpiredCompleted(queue: String, limit: Int) async throws -> Int {
        try await real.deleteExpiredCompleted(queue: queue, limit: limit)
    }
    func expiredLeases(queue: String, cutoff: Date) async throws -> [TaskRun] {
        try await before(.expiredLeases)
        return try await real.expiredLeases(queue: queue, cutoff: cutoff)
    }
    func rescue(_ run: TaskRun) async throws -> OutcomeWrite { try await real.rescue(run) }
    func writeServerState(
        _ info: ServerInfo, workers: [WorkerInfo], worker: WorkerIdentity, liveness: Duration
    ) async throws {
        try await before(.writeServerState)
        try await real.writeServerState(info, workers: workers, worker: worker, liveness: liveness)
    }
    func clearServerState(worker: WorkerIdentity) async throws { try await real.clearServerState(worker: worker) }
    func cancellations() -> AsyncStream<String> { real.cancellations() }
    func publishCancellation(ofTask id: String) async throws { try await real.publishCancellation(ofTask: id) }
    func queueNames() async throws -> Set<String> { try await real.queueNames() }
}
