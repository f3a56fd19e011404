package import Foundation

/// What the task queue needs of its store: every change of a task's state is one call here, atomic on the other side.
///
/// All moments are the caller's clock, as in asynq. A call that throws leaves for each task, and each staged set, either the
/// whole change or none of it behind, and which of the two is unknown unless the error says so; of a call on many, some may
/// be changed and others not. When the store refuses a call because a key is of another type, no task was changed (counters
/// are the exception: what cannot be counted is left, and the call goes on).
///
/// Every call may be repeated, and does no task harm then. The repetition's answer is of what it finds, though, the first
/// call's change included: a task that was created is a conflict, an outcome that was written is superseded, a tick that was
/// claimed is lost, and tasks that a lost dequeue took are found by ``orphanedTasks(in:besides:running:)``.
///
/// A call on several queues leaves out what the store refuses of one of them, logs it, and throws only what concerns the
/// store as a whole; a call on one queue throws.
package protocol Broker: Sendable {
    /// Proves that the store answers.
    func ping() async throws

    // MARK: Creating

    /// Creates a task unless its id is taken in its queue, whatever state the holder of the id is in.
    ///
    /// - Parameters:
    ///   - message: The task; its `uniqueKey` is the lock's key when `uniqueFor` is given.
    ///   - placement: Where it starts.
    ///   - uniqueFor: How long the unique lock may outlive now (for a scheduled task: its process-at); `nil` takes no lock.
    /// - Returns: Whether it was created, and if not, why; a refused task leaves no lock behind.
    /// - Throws: The store's error when it cannot be reached.
    func create(_ message: TaskMessage, placement: TaskPlacement, uniqueFor: Duration?) async throws -> CreateOutcome

    /// Creates many tasks in one round trip; the outcomes are in the order of `tasks`.
    func create(
        batch tasks: [(message: TaskMessage, placement: TaskPlacement, uniqueFor: Duration?)]
    ) async throws -> [CreateOutcome]

    // MARK: Running

    /// Takes tasks from queues that have any and are neither paused nor at a limit of the whole fleet; each gets a lease and
    /// this worker's owner field.
    ///
    /// A broker may take fewer than it could (Redis: 16 a call), so an answer that is not empty says nothing of what is left.
    /// A task whose hash is gone or whose message does not decode is set aside and never returned.
    func dequeue(_ plan: DequeuePlan, worker: WorkerIdentity) async throws -> DequeueResult

    /// Waits until `queue` has a pending task or `timeout` has passed, and changes nothing.
    func waitForPending(in queue: String, timeout: Duration) async throws

    /// What producers and workers of ours did that may change a plan, until the consumer stops; reconnects by itself.
    func wakeUps() -> AsyncStream<WakeUp>

    /// Whether a queue is paused, so that its pending tasks are no reason to look.
    func isPaused(queue: String) async throws -> Bool

    /// Notes that the run is the only one of its process: a crash from here on is its own.
    func markAlone(_ run: TaskRun) async throws -> OutcomeWrite

    /// The task succeeded and leaves no trace but the counters; calls made at the same time travel together.
    func done(_ run: TaskRun) async throws -> OutcomeWrite

    /// The task succeeded and is kept for its retention.
    func complete(_ run: TaskRun) async throws -> OutcomeWrite

    /// The task failed and runs again at `date`; `isFailure` false counts neither a retry nor a failure.
    ///
    /// One that is to be cancelled for good is archived instead, with that reason, and `.cancelled` is the answer.
    func retry(_ run: TaskRun, at date: Date, error: String, isFailure: Bool) async throws -> OutcomeWrite

    /// The task failed for good; of one that is to be cancelled for good the reason is that, and `.cancelled` is the answer.
    func archive(_ run: TaskRun, error: String) async throws -> OutcomeWrite

    /// Gives a task back unharmed: it is the next to be taken, and the run cost no retry.
    func requeue(_ run: TaskRun) async throws -> OutcomeWrite

    /// The task succeeded, and `next` is created in the same step (same queue only); a taken id is a step already handed over.
    func done(_ run: TaskRun, handingOverTo next: TaskMessage) async throws -> OutcomeWrite

    /// The task succeeded and is kept for its retention, and `next` is created in the same step, as in
    /// ``done(_:handingOverTo:)``.
    func complete(_ run: TaskRun, handingOverTo next: TaskMessage) async throws -> OutcomeWrite

    /// Whether somebody asked, durably, that the running task be cancelled for good and not retried.
    func isCancellationRequested(of run: TaskRun) async throws -> Bool

    /// Which of `runs` ``isCancellationRequested(of:)`` is true for, by position.
    func cancellationRequests(among runs: [TaskRun]) async throws -> [Int]

    /// Pushes the leases of tasks in one queue to now + 30 s.
    ///
    /// - Returns: Those of `runs` that no longer hold their task.
    func extendLeases(of runs: [TaskRun], in queue: String) async throws -> [TaskRun]

    /// Stores a task's result bytes if this run still owns the task.
    func writeResult(_ bytes: [UInt8], of run: TaskRun) async throws -> OutcomeWrite

    // MARK: Housekeeping

    /// Moves up to 100 due tasks each of the scheduled and retry sets to pending (or their group), and says how many.
    ///
    /// What cannot be moved keeps nothing that can; its error is thrown by a call that has nothing else to move.
    func forward(queue: String) async throws -> Int

    /// When the first task of the scheduled and retry sets of each queue is due; a queue whose sets are empty is left out.
    func nextDue(queues: [String]) async throws -> [String: Date]

    /// Deletes up to `limit` completed tasks whose retention is over, and says how many.
    func deleteExpiredCompleted(queue: String, limit: Int) async throws -> Int

    /// Active tasks whose lease ended at or before `cutoff`; undecodable ones are set aside.
    ///
    /// Active tasks that have lost their lease get one again first, for nothing else would find them.
    func expiredLeases(queue: String, cutoff: Date) async throws -> [TaskRun]

    /// Active tasks of workers of ours whose liveness key is missing, and those of `worker` that it does not know of.
    ///
    /// `running` holds the owners of the runs that `worker` knows of; it holds others when the answer of a dequeue was lost.
    func orphanedTasks(
        in queues: [String], besides worker: WorkerIdentity, running: Set<String>
    ) async throws -> [OwnedTask]

    /// Returns a dead worker's task to the consuming end of pending, message unchanged, if the run still owns it, and notes
    /// the crash.
    func rescue(_ run: TaskRun) async throws -> OutcomeWrite

    /// Takes a task back from the archive that another server put there as poison, with `reason` as its error, because the
    /// worker that ran it alone could not be heard; `.superseded` when the task is not there like that.
    func restoreFromPoison(_ run: TaskRun, reason: String) async throws -> OutcomeWrite

    // MARK: Presence and control

    /// Publishes the server's snapshot (life 10 s) and its liveness key.
    func writeServerState(
        _ info: ServerInfo, workers: [WorkerInfo], worker: WorkerIdentity, liveness: Duration
    ) async throws

    /// Removes the server's snapshot and its liveness key.
    func clearServerState(worker: WorkerIdentity) async throws

    /// Ids of tasks to cancel, as published on `asynq:cancel`, until the consumer stops; reconnects by itself.
    func cancellations() -> AsyncStream<String>

    /// Publishes a task id on `asynq:cancel`.
    func publishCancellation(ofTask id: String) async throws

    /// Names of the queues ever published.
    func queueNames() async throws -> Set<String>

    // MARK: Groups

    /// Names of the queue's groups that may have members.
    func groups(in queue: String) async throws -> Set<String>

    /// Takes a group's oldest members out of it if the group is due: full, or with a member that waited long, or quiet.
    ///
    /// - Returns: The set that now holds them, to be finished or given back before its deadline; `nil` when it is not due.
    func stageGroup(_ group: String, in queue: String, limits: GroupAggregation.Limits) async throws -> StagedSet?

    /// A set's members, oldest first; those that are gone are dropped, and undecodable ones are set aside.
    func members(of set: StagedSet) async throws -> [TaskMessage]

    /// Replaces a set's members by the task that they were joined into, in one step, and releases the locks they hold.
    ///
    /// `members` are as they were read; one that has changed since leaves everything as it is.
    func finish(
        _ set: StagedSet, members: [TaskMessage], as task: TaskMessage, placement: TaskPlacement, uniqueFor: Duration?
    ) async throws -> SetOutcome

    /// Puts a set's members back into their group, with the moments at which they were added; a set that is gone is no error.
    func giveBack(_ set: StagedSet) async throws

    /// Puts back what is left in sets whose deadline is over, whoever staged them, and says how many sets.
    func reclaimStaleSets(in queue: String) async throws -> Int

    /// Lists groups of any queue again that have members and are not listed, unless a server did so within `interval`.
    ///
    /// It looks at every key once. Returns how many were listed.
    func relistLostGroups(atMostEvery interval: Duration) async throws -> Int

    // MARK: Trimming the archive

    /// Deletes archived tasks that are beyond their queue's limits (90 days and the newest 9999 unless set) or their own
    /// retention.
    ///
    /// Returns how many entries it dealt with, `limit` at most; 0 when nothing is left to do.
    func trimArchive(queue: String, limit: Int) async throws -> Int

    // MARK: Periodic tasks

    /// Announces what a scheduler enqueues and when, in place of what it announced before.
    func writeSchedulerEntries(_ entries: [SchedulerEntry], schedulerID: String, life: Duration) async throws

    /// Takes a scheduler's announcement back.
    func clearSchedulerEntries(schedulerID: String) async throws

    /// Adds to the history of an entry, which keeps the last 1000 events and expires 90 days after the last.
    func recordEnqueue(_ event: SchedulerEnqueueEvent, ofEntry id: String) async throws

    /// Deletes the history of an entry.
    func clearHistory(ofEntry id: String) async throws

    // MARK: Clock

    /// What the time is by the store's clock; only to be compared with the caller's, never to be written.
    func storeTime() async throws -> Date

    /// What the store tells of itself; what it does not tell is left out.
    func storeFacts() async throws -> StoreFacts

    // MARK: Ends

    /// Running tasks that somebody asks, durably, to cancel for good, until the consumer stops; reconnects by itself.
    ///
    /// A request that nobody heard is found by ``cancellationRequests(among:)``.
    func cancelRequests() -> AsyncStream<CancelRequest>

    // MARK: Per task

    /// Creates tasks that our workers heed more of than asynq's message says; outcomes are in the order of `creations`.
    func create(_ creations: [TaskCreation]) async throws -> [CreateOutcome]

    /// The running task waits in the retry set until `date`; its message stays, and neither a retry nor a failure counts.
    func release(_ run: TaskRun, until date: Date) async throws -> OutcomeWrite

    /// Deletes a running task that was never started, with the lock that it holds; nothing is counted.
    func drop(_ run: TaskRun) async throws -> OutcomeWrite

    /// What our workers heed of a task, as it is stored; nothing for a task that is gone.
    func options(of run: TaskRun) async throws -> StoredOptions

    /// How far a task is from its end; from now on ``endings(ofTask:in:)`` tells of it.
    func ending(ofTask id: String, in queue: String) async throws -> TaskEnding

    /// When a look with ``ending(ofTask:in:)`` is worth its while, until the consumer stops; reconnects by itself.
    ///
    /// Ends that a Go worker or a tool writes are not told of.
    func endings(ofTask id: String, in queue: String) -> AsyncStream<Void>

    // MARK: Periodic tasks once per fleet

    /// Makes a scheduler lead its fleet if nobody leads, or lead on if it does.
    ///
    /// The store's clock counts `life`. A new term is above each earlier one of the fleet, and above `floor`.
    func standForElection(
        schedulerID: String, fleet: String, life: Duration, above floor: Int64
    ) async throws -> ElectionOutcome

    /// Gives the lead back if the scheduler still has it.
    func resign(_ leadership: Leadership) async throws

    /// Makes a queue refuse the ticks of earlier leaders, and says the highest term that it has seen, this one included.
    func fence(queue: String, for leadership: Leadership) async throws -> Int64

    /// What the fleet knows of an entry; an entry that is new, or whose spec is another, starts at `baseline`, Unix seconds.
    ///
    /// - Returns: `nil` when the scheduler no longer leads.
    func adoptTicks(
        ofEntry id: String, spec: String, baseline: Int64, life: Duration, for leadership: Leadership
    ) async throws -> StoredTicks?

    /// Claims a tick, Unix seconds, if the scheduler still leads: one step with the look at its term.
    ///
    /// The tick is open until it is settled.
    func claimTick(
        _ tick: Int64, ofEntry id: String, life: Duration, for leadership: Leadership
    ) async throws -> TickClaim

    /// Notes that open ticks need nothing more.
    func settleTicks(_ ticks: [Int64], ofEntry id: String, fleet: String) async throws

    /// Creates the task of a tick as ``create(_:)`` does, unless the tick has had its task.
    func createTask(_ creation: TaskCreation, of tick: FencedTick) async throws -> TickOutcome

    // MARK: Workflows

    /// Stores a workflow and starts the steps that wait for none, all in one step or not at all.
    ///
    /// ``complete(_:)`` of a step's last predecessor starts the step.
    func create(_ workflow: ComposedWorkflow) async throws -> WorkflowCreateOutcome

    /// Hands over for completed steps of the queue's workflows that ``complete(_:)`` did not hand over for, and says how
    /// many; forgets workflows that have expired.
    func sweepWorkflows(in queue: String) async throws -> Int

    /// What the handlers of tasks stored, in the order of `ids`; `nil` for nothing.
    func results(ofTasks ids: [String], in queue: String) async throws -> [[UInt8]?]
}

extension Broker {
    /// Takes up to `limit` tasks from the first queues that have any; see ``dequeue(_:worker:)``.
    package func dequeue(from queues: [String], limit: Int, worker: WorkerIdentity) async throws -> [DequeuedTask] {
        try await dequeue(DequeuePlan(from: queues, limit: limit), worker: worker).tasks
    }
}
