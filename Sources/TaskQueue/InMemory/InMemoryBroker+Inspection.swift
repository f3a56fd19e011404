extension InMemoryBroker {
    /// The names of all queues that a task was ever created in, in alphabetical order.
    public var queues: [String] { change { state, _ in state.names.sorted().map(\.text) } }

    /// Whether no task is stored, in whatever state.
    public var isEmpty: Bool { change { state, _ in state.queues.values.allSatisfy(\.tasks.isEmpty) } }

    /// One stored task with its result.
    ///
    /// - Parameters:
    ///   - id: The task's id.
    ///   - queue: The queue's name.
    /// - Returns: The task; `nil` when there is none, or not any more.
    public func task(_ id: String, in queue: String = "default") -> TaskInfo? {
        change(in: queue) { $0.info(of: ExactText(id), at: $1) }
    }

    /// A queue's tasks with their results.
    ///
    /// They come by state, in the order of ``TaskState``: pending ones in the order in which they are taken, active ones the
    /// longest running first, those of groups by group, and else the one with the earliest moment first.
    ///
    /// - Parameters:
    ///   - queue: The queue's name; one that does not exist has no tasks.
    ///   - state: Which tasks; `nil` is all.
    /// - Returns: The tasks.
    public func tasks(in queue: String = "default", state: TaskState? = nil) -> [TaskInfo] {
        change(in: queue) { queue, now in
            TaskState.allCases.filter { state == nil || $0 == state }.flatMap { queue.ids(in: $0) }
                .compactMap { queue.info(of: $0, at: now) }
        }
    }

    /// A queue's numbers.
    ///
    /// - Parameter queue: The queue's name.
    /// - Returns: Its numbers, without its use of memory; `nil` when no task was ever created in it.
    public func queueInfo(for queue: String) -> QueueInfo? {
        change { state, now in
            guard state.names.contains(ExactText(queue)) else { return nil }
            return state[queue].info(at: now)
        }
    }
}

extension InMemoryBroker {
    /// What living schedulers announce.
    package var schedulerEntries: [SchedulerEntry] {
        change { state, now in state.announcements.values.filter { $0.end > now }.flatMap(\.entries) }
    }

    /// When a periodic entry was enqueued, the oldest first.
    package func history(ofEntry id: String) -> [SchedulerEnqueueEvent] {
        change { state, _ in state.histories[id] ?? [] }
    }
}
