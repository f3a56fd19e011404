import ConcurrencySupport
public import Foundation

/// What a handler knows of the run it is in.
public struct TaskContext: Sendable {
    /// Unique in ``queue`` only.
    public let taskID: String
    /// The queue that the task was taken from.
    public let queue: String
    /// How many retries may follow the first try.
    public let maxRetry: Int
    /// Retries done so far; 0 in the first try.
    public let retried: Int
    /// How often the task was delivered to one of our workers, this time included: 1 for the first.
    public let deliveries: Int
    /// The worker as shown to people: `<host>:<pid>`.
    public let workerID: String
    /// When the run is cancelled.
    public let deadline: Date
    /// Stores the task's result.
    public let resultWriter: ResultWriter
    /// Which step of which workflow the task is; `nil` when it is none.
    public let step: StepContext?
    /// The next step, once one was set.
    private let nextStep: LockedValue<TaskMessage?>

    /// Describes a run.
    package init(
        taskID: String, queue: String, maxRetry: Int = 25, retried: Int = 0, deliveries: Int = 1,
        workerID: String = "host:1", deadline: Date = .distantFuture,
        resultWriter: ResultWriter = ResultWriter { _ in }, step: StepContext? = nil
    ) {
        self.taskID = taskID
        self.queue = queue
        self.maxRetry = maxRetry
        self.retried = retried
        self.deliveries = deliveries
        self.workerID = workerID
        self.deadline = deadline
        self.resultWriter = resultWriter
        self.step = step
        nextStep = LockedValue(nil)
    }

    /// Sets the task that is created in the same step that records this one's success; a failing run creates nothing.
    ///
    /// Give ``EnqueueOptions/taskID`` a name derived from this task's: if the step was handed over before, nothing is
    /// created twice. A second call replaces the first.
    ///
    /// - Parameters:
    ///   - next: The next step.
    ///   - options: How it runs; the queue is this task's whatever they say. Delay, unique lock, group,
    ///     retry delays, expiry and retention in the archive are refused.
    /// - Throws: ``EnqueueError`` for options that are not valid; then an earlier next step stays set. In a step of a
    ///   workflow with `invalidHandOver` always: what follows it is said in the workflow.
    public func handOver(to next: QueueTask, _ options: EnqueueOptions = EnqueueOptions()) throws {
        guard step == nil else {
            throw EnqueueError(
                .invalidHandOver,
                "a step of a workflow hands over to the steps after it; add the next task to the workflow")
        }
        var options = options
        options.queue = queue
        guard options.processAt == nil, options.processIn == nil, options.unique == nil, options.group == nil else {
            throw EnqueueError(.invalidHandOver, "a next step takes no delay, unique lock or group")
        }
        let composed = try ComposedTask(next, options, now: Date())
        guard composed.stored.text == nil else {
            throw EnqueueError(
                .invalidHandOver,
                "a next step takes no retry delays, no expiry and no retention of its own in the archive")
        }
        nextStep.withLock { $0 = composed.message }
    }

    /// The next step that the handler has set, if any.
    package var handedOver: TaskMessage? { nextStep.withLock { $0 } }
}
