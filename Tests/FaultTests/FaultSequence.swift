import QueueTestWorker

/// A task that a sequence enqueues.
struct TaskPlan: Sendable, Hashable {
    /// Its id, given by the producer.
    let id: String
    /// What its handler does.
    var behaviour: TaskBehaviour
    /// How many retries it has.
    var maxRetry = 3
    /// Seconds until it is due; `nil` is at once.
    var delaySeconds: Int?
    /// The unique lock that it takes.
    var lock: Lock?
    /// Seconds that it is kept after success; 0 deletes it.
    var retentionSeconds = 0
    /// The group that it is joined with; its behaviour names it as its own origin then.
    var group: String?
    /// By how many seconds after it may run a worker must have taken it.
    var expiresInSeconds: Int?
    /// Seconds between its tries, in place of the workers' rule.
    var retryDelaySeconds: [Int] = []
    /// Whether its lock goes when it is archived.
    var releasesLockOnArchive = false
    /// Whether a scheduler enqueues it.
    var isPeriodic = false

    /// How a task is unique.
    enum Lock: Sendable, Hashable {
        /// By a name of the producer's.
        case named(String)
        /// By its type and payload.
        case payload
    }
}

/// What a sequence does to the queue, its workers and its Redis.
enum FaultStep: Sendable, Hashable {
    /// SIGKILL; the worker is started anew.
    case kill(worker: Int)
    /// SIGTERM; the worker is started anew.
    case terminate(worker: Int)
    /// SIGSTOP.
    case stop(worker: Int)
    /// SIGCONT at once.
    case resume(worker: Int)
    /// SIGCONT once others work on what the stopped worker held, or too long a time has passed.
    case resumeWhenRescued(worker: Int)
    /// CLIENT KILL of all connections but the fault's own.
    case killConnections
    /// CLIENT PAUSE for a while.
    case pauseClients(milliseconds: Int, writesOnly: Bool)
    /// SIGKILL of Redis, which is then started on its append-only file.
    case restartRedis
    /// No worker may take tasks.
    case pauseQueue
    /// Workers may take tasks again.
    case unpauseQueue
    /// The task with this place in the sequence is cancelled for good.
    case cancel(task: Int)
    /// All runs of the task with this place in the sequence are asked to end, as asynq does it: they are tried again.
    case publishCancel(task: Int)
    /// The workflow with this place in the sequence is cancelled as a whole.
    case cancelWorkflow(workflow: Int)
    /// Waits until a run of the task with this place in the sequence has begun.
    case awaitStart(task: Int)
    /// Waits until some task was delivered a second time and its run has begun.
    case awaitSecondDelivery
}

/// A step and how long its lane waits before it: the pace is part of the sequence, nothing is awaited by it.
struct Paced<Step: Sendable & Hashable>: Sendable, Hashable {
    let pauseMilliseconds: Int
    let step: Step
}

/// What one sequence does, in lanes side by side: two producers' and the faults'.
///
/// Pure.
struct FaultSequence: Sendable, Hashable {
    /// What it was generated from.
    let seed: UInt64
    /// How many workers it has.
    let workerCount: Int
    /// Tasks enqueued together, in order; more than one are enqueued as a batch.
    var enqueues: [Paced<[TaskPlan]>]
    /// The faults, in order.
    var faults: [Paced<FaultStep>]
    /// What it uses beyond plain tasks.
    var features = FaultFeatures()

    /// All tasks, in the order in which they are enqueued.
    var tasks: [TaskPlan] { enqueues.flatMap(\.step) }
}

extension FaultSequence: CustomStringConvertible {
    /// Both lanes, a line a step.
    var description: String {
        let steps = faults.map { "+\($0.pauseMilliseconds) ms \($0.step)" }
        let batches = enqueues.map { batch in
            let plans = batch.step.map { plan in
                var words = ["\(plan.id) (\(plan.behaviour))"]
                if plan.maxRetry != 3 { words.append("maxRetry \(plan.maxRetry)") }
                if let delay = plan.delaySeconds { words.append("in \(delay) s") }
                if let lock = plan.lock { words.append("unique \(lock)") }
                if plan.retentionSeconds > 0 { words.append("kept \(plan.retentionSeconds) s") }
                if let group = plan.group { words.append("in group \(group)") }
                if let seconds = plan.expiresInSeconds { words.append("expires in \(seconds) s") }
                if !plan.retryDelaySeconds.isEmpty { words.append("tries again after \(plan.retryDelaySeconds) s") }
                if plan.releasesLockOnArchive { words.append("archived without its lock") }
                return words.joined(separator: " ")
            }
            return "+\(batch.pauseMilliseconds) ms \(plans.joined(separator: ", "))"
        }
        return
            "\(workerCount) workers\nfeatures:\n  \(features)\nfaults:\n  \(steps.joined(separator: "\n  "))\ntasks:\n  \(batches.joined(separator: "\n  "))"
    }
}
