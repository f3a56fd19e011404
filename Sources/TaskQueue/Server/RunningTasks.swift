import ConcurrencySupport

/// The runs of this server, by queue and id: an id alone may be active in two queues at once (asynq-wire W2).
final class RunningTasks: Sendable {
    private let tasks = LockedValue<[String: [String: RunningTask]]>([:])

    /// Every run at this moment.
    var all: [RunningTask] { tasks.withLock { tasks in tasks.values.flatMap(\.values) } }

    /// The owner of every run of a worker of ours, as the store has it.
    var owners: Set<String> { Set(all.compactMap(\.run.owner)) }

    /// Adds a run.
    func insert(_ task: RunningTask) {
        let message = task.run.message
        tasks.withLock { $0[message.queue, default: [:]][message.id] = task }
    }

    /// Removes a run, unless a newer one of the same task has taken its place.
    func remove(_ task: RunningTask) {
        let message = task.run.message
        tasks.withLock { tasks in
            if tasks[message.queue]?[message.id] === task { tasks[message.queue]?[message.id] = nil }
        }
    }

    /// How many tasks of a queue run.
    func count(in queue: String) -> Int { tasks.withLock { $0[queue]?.count ?? 0 } }

    /// Whether a task runs here.
    func contains(_ message: TaskMessage) -> Bool { tasks.withLock { $0[message.queue]?[message.id] != nil } }

    /// The runs of every task with this id, whatever their queue.
    func tasks(withID id: String) -> [RunningTask] { tasks.withLock { tasks in tasks.values.compactMap { $0[id] } } }
}
