import QueueTestWorker
import TaskQueue

/// What workers and schedulers enqueue by themselves.
extension InvariantChecker {
    /// Tasks of groups that were joined twice, into nothing, or too many at once.
    var brokenGroups: [Violation] {
        var joined: [String: [(task: String, position: Int)]] = [:]
        for (id, origin) in origins where plan(id)?.isPeriodic == false {
            let position = replay.transitions[id]?.first?.position ?? 0
            for member in origin { joined[member, default: []].append((id, position)) }
        }
        let tooLarge = origins.filter {
            plan($0.key)?.isPeriodic == false && $0.value.count > WorkerSettings.mostJoined
        }
        .map { Violation(.group, "\($0.key) was joined of \($0.value.count) tasks") }
        let members = plans.filter { $0.group != nil }.compactMap { plan -> Violation? in
            let tasks = joined[plan.id, default: []]
            let end = replay.transitions[plan.id]?.last { $0.from == .aggregating && $0.to == nil }
            guard tasks.map(\.position) != (end.map { [$0.position] } ?? []) else { return nil }
            return Violation(
                .group, "\(plan.id) was joined into \(tasks.map { "\($0)" }), and went: \(history(of: plan.id))")
        }
        let grouped = Set(plans.filter { $0.group != nil }.map(\.id))
        let strangers = joined.keys.filter { !grouped.contains($0) }.sorted().map {
            Violation(.group, "\($0) was joined and was in no group")
        }
        return tooLarge + members + strangers
    }

    /// Ticks with another number of tasks than one, and ticks that were passed over.
    var wrongTicks: [Violation] {
        features.periodic.entries.flatMap { entry -> [Violation] in
            let notes = replay.ticks.notes.filter { $0.scope == entry.scope }
            let created = origins.filter { $0.value == [entry.id] }.flatMap { id, _ in
                replay.transitions[id, default: []].filter { $0.from == nil }.map { (id: id, position: $0.position) }
            }
            var problems: [String] = []
            let repeated = Dictionary(grouping: notes, by: \.tick).filter { $0.value.count > 1 }.keys.sorted()
            if !repeated.isEmpty { problems.append("the ticks \(repeated) were enqueued more than once") }
            for note in notes {
                let tasks = created.filter { $0.position == note.position }
                let isNamed = !entry.hasTaskIDPerTick || tasks.map(\.id) == ["\(entry.id):\(note.tick)"]
                if tasks.count != 1 || !isNamed { problems.append("tick \(note.tick) has the tasks \(tasks)") }
            }
            let noted = Set(notes.map(\.position))
            for task in created where !noted.contains(task.position) {
                problems.append("task \(task.id) was enqueued at write \(task.position) and is of no tick")
            }
            return (problems + missed(entry, Set(notes.map(\.tick)))).map { Violation(.tick, "\(entry.id): \($0)") }
        }
    }

    /// Ticks that nobody enqueued.
    ///
    /// None may be missed where all are within the tolerance. Those that are still open when all
    /// workers have ended fall to the next leader.
    private func missed(_ entry: PeriodicPlan, _ ticks: Set<Int64>) -> [String] {
        guard features.periodic.toleranceSeconds >= 60, let first = ticks.min(), let last = ticks.max() else {
            return []
        }
        let open = replay.ticks.open[entry.id, default: []]
        return stride(from: first, through: last, by: Int(entry.everySeconds)).filter {
            !ticks.contains($0) && !open.contains($0)
        }.map { "tick \($0) was passed over" }
    }
}
