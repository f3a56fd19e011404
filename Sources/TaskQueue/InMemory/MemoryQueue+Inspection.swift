import Foundation

extension MemoryQueue {
    /// The ids of one state, in their order.
    func ids(in state: TaskState) -> [ExactText] {
        switch state {
        case .pending: Array(pending.ids)
        case .active: Array(active.ids)
        case .scheduled: scheduled.ids
        case .retry: retry.ids
        case .archived: archived.ids
        case .completed: completed.ids
        case .aggregating:
            (members.map { ($0, $1) } + staged.values.map { ($0.group, $0.members) })
                .sorted { $0.0 < $1.0 }.flatMap(\.1.ids)
        }
    }

    /// A task as tools see it.
    func info(of id: ExactText, at now: Date) -> TaskInfo? {
        guard let task = tasks[id] else { return nil }
        var info = TaskInfo(message: task.message, state: task.state, result: task.result)
        switch task.state {
        case .pending: info.nextProcessAt = now
        case .scheduled, .retry:
            let score = scheduled.score(of: id) ?? retry.score(of: id)
            info.nextProcessAt = score.map { Date(timeIntervalSince1970: Double($0)) }
        case .active:
            info.isOrphaned = leases.score(of: id).map { Date(timeIntervalSince1970: Double($0)) <= now } ?? false
        case .archived, .completed, .aggregating: break
        }
        return info
    }

    /// The queue's numbers.
    func info(at now: Date) -> QueueInfo {
        let counts = TaskState.allCases.map { ($0, ids(in: $0).count) }
        let today = counters.days[UTCDay(now)]
        let since = pending.ids.first.flatMap { tasks[$0]?.pendingSince }
        return QueueInfo(
            queue: name.text, counts: Dictionary(counts) { $1 }, groups: members.count,
            processedToday: Int(today?.processed ?? 0), failedToday: Int(today?.failed ?? 0),
            processedTotal: Int(counters.processed), failedTotal: Int(counters.failed), isPaused: isPaused,
            latency: since.map { max(.zero, .seconds(now.timeIntervalSince1970) - .nanoseconds($0)) } ?? .zero,
            memoryUsage: nil)
    }
}
