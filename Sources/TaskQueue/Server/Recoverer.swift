import Foundation
import Logging

/// Retries or archives tasks whose lease ended: asynq's rule for crashed workers.
///
/// What dead workers of ours held is left to the rescue, which costs no retry, also when the whole fleet was down.
struct Recoverer: Sendable {
    /// How long a lease must have been over, for clocks that differ.
    static let grace = Duration.seconds(30)

    let broker: any Broker
    let catalog: QueueCatalog
    let identity: WorkerIdentity
    let control: ServerControl
    let configuration: TaskServerConfiguration
    let logger: Logger
    let now: @Sendable () -> Date

    /// Looks now and after every interval until cancelled.
    func run() async {
        await PeriodicLoop(name: "recovering tasks", interval: configuration.recovererInterval, logger: logger).run {
            try await catalog.names.forEachDespiteErrors(recover)
        }
    }

    private func recover(_ queue: String) async throws {
        let cutoff = now().addingTimeInterval(-Self.grace.timeInterval)
        let expired = try await broker.expiredLeases(queue: queue, cutoff: cutoff)
        guard !expired.isEmpty else { return }
        let orphans = Set(
            try await broker.orphanedTasks(in: [queue], besides: identity, running: control.running.owners).map(\.run))
        for run in expired where !orphans.contains(run) {
            // Ours still runs; its lease lapsed while the store was away, and the next heartbeat extends it.
            guard !control.running.contains(run.message) else { continue }
            let outcome = try await recover(run)
            logger.warning(
                outcome != .superseded ? "recovered a task whose lease had ended" : "another server recovered the task",
                metadata: run.logMetadata)
        }
    }

    private func recover(_ run: TaskRun) async throws -> OutcomeWrite {
        let error = LeaseExpired()
        let text = String(describing: error)
        let isFailure = configuration.isFailure(error)
        if configuration.isLastTry(of: run.message, isFailure: isFailure) {
            let outcome = try await broker.archive(run, error: text)
            await tellArchived(run, reason: text, outcome)
            return outcome
        }
        let task = QueueTask(type: run.message.type, payload: run.message.payload, headers: run.message.headers)
        let retried = Int(run.message.retried)
        let delay =
            try await broker.options(of: run).retryDelays?.delay(retried: retried)
            ?? configuration.retryPolicy.delay(retried: retried, task: task, error: error)
        let outcome = try await broker.retry(
            run, at: now().addingTimeInterval(delay.timeInterval), error: text, isFailure: isFailure)
        if outcome == .cancelled { await tellArchived(run, reason: text, outcome) }
        return outcome
    }

    private func tellArchived(_ run: TaskRun, reason: String, _ outcome: OutcomeWrite) async {
        await control.call { [configuration] in await configuration.tellArchived(run, reason: reason, outcome) }
    }
}
