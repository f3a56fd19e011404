import ConcurrencySupport
import Foundation

/// Tasks of one queue of which some start when others have succeeded.
///
/// <!-- workflow-of-halves -->
/// ```swift
/// var flow = try Workflow(queue: "reports")
/// let halves = [try flow.add("north", QueueTask(type: "sum")), try flow.add("south", QueueTask(type: "sum"))]
/// try flow.add("total", QueueTask(type: "total"), after: halves)
/// try await client.enqueue(flow)
/// ```
///
/// Each step becomes a task with the id `<workflow id>.<step name>` when the last of its predecessors has succeeded, in the
/// same change of the store that records that success. A step that is archived holds up those after it until somebody runs
/// it again and it succeeds.
public struct Workflow: Sendable {
    /// How many steps one has at most: what Redis stores in a few milliseconds.
    public static let maxSteps = 1000
    /// How many pairs of predecessor and step one has at most, for the same reason.
    public static let maxEdges = 10_000
    /// How long a step's name is at most, in bytes.
    public static let maxNameBytes = 64
    /// How long an id is at most, in bytes.
    public static let maxIDBytes = 200
    /// How short ``retention`` is at most: long enough to find successes that a worker of another make has written.
    public static let leastRetention = Duration.seconds(10 * 60)
    /// What "for ever" comes to: Redis refuses an expiry that overflows.
    static let longestRetention = Duration.seconds(100 * 366 * 86_400)

    /// The queue of all steps.
    public let queue: String
    /// Unique among the workflows of ``queue``.
    public let id: String
    /// How long a step is kept after its success at least, and the workflow after its end.
    public let retention: Duration
    /// The steps in the order in which they were added.
    package private(set) var steps: [Step] = []
    private var names: Set<String> = []

    /// A task with those that it waits for.
    package struct Step: Sendable {
        /// Unique in its workflow.
        let name: String
        /// The task as it is stored once it starts.
        let message: TaskMessage
        /// The names of the steps before it, each once.
        let predecessors: [String]
    }

    /// Makes a workflow without steps.
    ///
    /// - Parameters:
    ///   - queue: The queue of all steps; never blank.
    ///   - id: Unique among the queue's workflows, 1 to 200 bytes, not blank; `nil` makes a random one. With an id of your own
    ///     a repeated enqueue is refused instead of done twice.
    ///   - retention: How long a step is kept after its success at least, and the workflow after its end; less than 10 min
    ///     counts as that, and more than 100 years as those.
    /// - Throws: ``EnqueueError`` with `invalidQueue` or `invalidWorkflow`.
    public init(queue: String = "default", id: String? = nil, retention: Duration = .seconds(24 * 3600)) throws {
        if queue.isBlank { throw EnqueueError(.invalidQueue, "the queue's name must not be blank") }
        if let id, id.isBlank || id.utf8.count > Self.maxIDBytes {
            throw EnqueueError(
                .invalidWorkflow, "a workflow's id must not be blank and has \(Self.maxIDBytes) bytes at most")
        }
        self.queue = queue
        self.id = id ?? RandomUUID.next()
        self.retention = min(max(retention, Self.leastRetention), Self.longestRetention)
    }

    /// Adds a step.
    ///
    /// - Parameters:
    ///   - name: Unique in the workflow: 1 to 64 ASCII letters, digits, `-` or `_`.
    ///   - task: What is to be done.
    ///   - predecessors: The names of the steps that must succeed before it starts; they may be added later.
    ///   - options: How it runs. A delay, a unique lock, a group and a task id are refused, and so is a queue other than the
    ///     workflow's; the default queue's name counts as none.
    /// - Returns: `name`, to be named as a predecessor.
    /// - Throws: ``EnqueueError``; then no step was added. What concerns several steps is looked at by
    ///   ``TaskClient/enqueue(_:)``.
    @discardableResult
    public mutating func add(
        _ name: String, _ task: QueueTask, after predecessors: [String] = [],
        _ options: EnqueueOptions = EnqueueOptions()
    ) throws -> String {
        try Self.check(name)
        guard !names.contains(name) else {
            throw EnqueueError(.invalidWorkflow, "step \"\(name)\" is there twice; give each step its own name")
        }
        try check(options, of: name)
        var known: Set<String> = []
        let step = Step(
            name: name, message: try message(task, options, name: name),
            predecessors: predecessors.filter { known.insert($0).inserted })
        names.insert(name)
        steps.append(step)
        return name
    }

    /// Makes a workflow in which each step starts when the one before it has succeeded.
    ///
    /// - Parameters:
    ///   - tasks: The steps, the first one first, with their names.
    ///   - queue: The queue of all steps.
    ///   - id: See ``init(queue:id:retention:)``.
    ///   - options: How each step runs; see ``add(_:_:after:_:)``.
    /// - Returns: The workflow, to be enqueued.
    /// - Throws: ``EnqueueError``.
    public static func chain(
        _ tasks: [(name: String, task: QueueTask)], queue: String = "default", id: String? = nil,
        _ options: EnqueueOptions = EnqueueOptions()
    ) throws -> Workflow {
        var workflow = try Workflow(queue: queue, id: id)
        var last: [String] = []
        for (name, task) in tasks { last = [try workflow.add(name, task, after: last, options)] }
        return workflow
    }
}

extension Workflow {
    private static func check(_ name: String) throws {
        let isValid = name.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isValid, !name.isEmpty, name.utf8.count <= maxNameBytes else {
            throw EnqueueError(
                .invalidWorkflow, "a step's name must be 1 to \(maxNameBytes) ASCII letters, digits, - or _")
        }
    }

    private func check(_ options: EnqueueOptions, of name: String) throws {
        func refuse(_ reason: String) -> EnqueueError {
            EnqueueError(.invalidWorkflow, "step \"\(name)\": \(reason)")
        }
        guard options.queue == queue || options.queue == EnqueueOptions().queue else {
            throw refuse("its queue is not the workflow's; all steps of a workflow are in one queue")
        }
        guard options.processAt == nil, options.processIn == nil, options.unique == nil, options.group == nil else {
            throw refuse("a step takes no delay, unique lock or group")
        }
        guard options.retryDelays == nil, options.expiresAt == nil, options.expiresIn == nil else {
            throw refuse("a step takes no retry delays of its own and no expiry")
        }
        guard options.archiveRetention == nil else {
            throw refuse("a step takes no retention of its own in the archive; its workflow needs to know of it")
        }
        guard options.taskID == nil else {
            throw refuse("a step's task id is made of the workflow's id and the step's name; leave it out")
        }
    }

    private func message(_ task: QueueTask, _ options: EnqueueOptions, name: String) throws -> TaskMessage {
        let reference = StepReference(workflowID: id, name: name)
        var options = options
        options.queue = queue
        options.taskID = reference.taskID
        options.retention = max(options.retention, retention)
        let headers = task.headers.merging(reference.headers) { $1 }
        let marked = QueueTask(type: task.type, payload: task.payload, headers: headers)
        return try ComposedTask(marked, options, now: .distantPast).message
    }
}
