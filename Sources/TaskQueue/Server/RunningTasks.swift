import ConcurrencySupport

/// The runs of this server, by queue and id: an id alone may be active in two queues at once (asynq-wire W2).
final class RunningTasks: Sendable {
    private struct Runs {
        /// The latest run of each task.
        var latest: [String: [String: RunningTask]] = [:]
        /// Runs that lost their task to a later run of this same server and have not ended.
        var displaced: [RunningTask] = []
    }

    private let runs = LockedValue(Runs())

    /// Every run at this moment.
    var all: [RunningTask] { runs.withLock { $0.latest.values.flatMap(\.values) + $0.displaced } }

    /// The owner of every run of a worker of ours, as the store has it.
    var owners: Set<String> { Set(all.compactMap(\.run.owner)) }

    /// Adds a run; one of the same task that is still here has lost it, and is interrupted.
    func insert(_ task: RunningTask) {
        let message = task.run.message
        let displaced = runs.withLock { runs in
            let displaced = runs.latest[message.queue, default: [:]].updateValue(task, forKey: message.id)
            if let displaced { runs.displaced.append(displaced) }
            return displaced
        }
        displaced?.interrupt(.leaseLost)
    }

    /// Removes a run.
    func remove(_ task: RunningTask) {
        let message = task.run.message
        runs.withLock { runs in
            guard runs.latest[message.queue]?[message.id] === task else {
                runs.displaced.removeAll { $0 === task }
                return
            }
            runs.latest[message.queue]?[message.id] = nil
            if runs.latest[message.queue]?.isEmpty == true { runs.latest[message.queue] = nil }
        }
    }

    /// How many tasks of a queue run.
    func count(in queue: String) -> Int { runs.withLock { $0.latest[queue]?.count ?? 0 } }

    /// Whether a task runs here.
    func contains(_ message: TaskMessage) -> Bool {
        runs.withLock { $0.latest[message.queue]?[message.id] != nil }
    }

    /// The runs of every task with this id, whatever their queue.
    func tasks(withID id: String) -> [RunningTask] {
        runs.withLock { runs in runs.latest.values.compactMap { $0[id] } }
    }
}
