import ConcurrencySupport
import Foundation
import Logging

extension PeriodicTaskScheduler {
    /// One run of an entry.
    struct Job: Sendable {
        let entry: PeriodicTaskTable.Entry
        /// Unix seconds.
        let tick: Int64
        /// `nil` without a fleet.
        let claim: FleetMember.Claim?
    }

    /// What is to be enqueued now.
    ///
    /// With a fleet all is looked at again after each beat, so that a try that failed is repeated.
    func dueJobs() async -> [Job] {
        let due = table.withLock { $0.takeDue(at: clock.now()) }
        guard let member else {
            return due.map { due in
                Job(entry: due.entry, tick: due.entry.schedule.tick(of: due.moment), claim: nil)
            }
        }
        let entries = table.withLock { table in table.entries.values.sorted { $0.id < $1.id } }
        return await member.claimDue(of: entries).map { Job(entry: $0.entry, tick: $0.tick, claim: $0) }
    }

    /// Tries a run once; whatever comes of it is told, not thrown.
    func enqueue(_ job: Job) async {
        let entry = job.entry
        await configuration.preEnqueue?(entry.task, entry.options)
        let result: Result<TaskInfo, any Error>
        do {
            result = .success(try await create(job))
        } catch {
            logger.warning(
                "a periodic task was not enqueued", metadata: ["entry-id": "\(entry.id)", "error": "\(error)"])
            result = .failure(error)
        }
        if case .success(let info) = result { await record(info, of: entry) }
        if let claim = job.claim { await end(claim, result) }
        await configuration.postEnqueue?(result)
    }

    private func create(_ job: Job) async throws -> TaskInfo {
        let entry = job.entry
        guard job.claim != nil || entry.hasTaskIDPerTick else {
            return try await client.enqueue(entry.task, entry.options)
        }
        let moment = clock.now()
        let identity = TickIdentity(entry, tick: job.tick, fleet: job.claim?.leadership.fleet)
        var options = entry.options
        options.taskID = options.taskID ?? identity.taskID
        let composed = try ComposedTask(entry.task, options, now: moment)
        let outcome = try await broker.createTask(
            composed.creation,
            of: FencedTick(
                tick: job.tick, scope: identity.scope, life: entry.tickLife, leadership: job.claim?.leadership))
        switch outcome {
        case .tried(let outcome): return try TaskClient.info(of: composed, outcome, now: moment)
        case .enqueuedBefore: throw EnqueueError.taskIDConflict
        case .staleTerm: throw PeriodicTaskError.staleTerm
        }
    }

    /// A refusal settles a tick, as success does; anything else leaves it open.
    private func end(_ claim: FleetMember.Claim, _ result: Result<TaskInfo, any Error>) async {
        switch result {
        case .success: await member?.end(claim, isSettled: true)
        case .failure(let error):
            await member?.end(claim, isSettled: error is EnqueueError)
            if error as? PeriodicTaskError == .staleTerm { member?.stepDown(from: claim.leadership) }
        }
    }

    private func record(_ info: TaskInfo, of entry: PeriodicTaskTable.Entry) async {
        let event = SchedulerEnqueueEvent(taskID: info.id, enqueuedAt: clock.now())
        do { try await broker.recordEnqueue(event, ofEntry: entry.id) } catch {
            logger.warning(
                "a periodic task is missing in its history", metadata: ["entry-id": "\(entry.id)", "error": "\(error)"])
        }
    }
}
