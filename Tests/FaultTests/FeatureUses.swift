import QueueTestWorker
import TaskQueue

/// How often sequences used each feature, so that nothing is shown by sequences that did nothing.
struct FeatureUses: Sendable, Equatable, CustomStringConvertible {
    /// How often, by what it was.
    private(set) var counts: [String: Int]

    /// No uses.
    init() { counts = [:] }

    /// Counts what the log of a sequence shows.
    init(_ checker: InvariantChecker) {
        let (replay, features) = (checker.replay, checker.features)
        let all = replay.transitions.flatMap { id, transitions in transitions.map { (id: id, transition: $0) } }
        func count(_ isIt: (String, QueueReplay.Transition) -> Bool) -> Int { all.count { isIt($0.id, $0.transition) } }
        let cancelled = TaskInspector.cancelledText
        counts = [
            "running tasks archived as cancelled": count {
                $1.from == .active && $1.to == .archived && $1.error == cancelled
            },
            "waiting tasks archived as cancelled": count {
                $1.from != .active && $1.to == .archived && $1.error == cancelled
            },
            "runs cancelled by publication and tried again": count {
                $1.to == .retry && checker.operations.nudges[$0] != nil && $1.error == "\(RunCancelled())"
            },
            "deliveries at the concurrency limit": replay.takes.count { $0.running == features.concurrencyLimit },
            "deliveries at a limited rate": features.rate == nil ? 0 : replay.takes.count,
            "tasks joined with their group": count { $1.from == .aggregating && $1.to == nil },
            "steps started after others": features.workflows.flatMap(\.step.steps).count { !$0.predecessors.isEmpty },
            "workflows cancelled": replay.flows.values.count { $0.cancelled != nil },
            "ticks": replay.ticks.notes.count,
            "changes of leaders": max(0, replay.terms.count - 1),
            "tasks released": count { id, change in
                change.from == .active && change.to == .retry
                    && checker.plan(id)?.behaviour.kind == .release && change.error.isEmpty
            },
            "tasks dropped after their expiry": count { id, change in checker.isDrop(change, of: id) },
            "tries after delays of the task's own": count { id, change in
                change.to == .retry && checker.plan(id)?.retryDelaySeconds.isEmpty == false
            },
            "locks released in the archive": replay.lockChanges.count { change in
                change.to == nil
                    && replay.transitions[change.from ?? "", default: []].contains {
                        $0.position == change.position && $0.to == .archived && $0.error != cancelled
                    }
            },
        ]
    }

    /// What was not used at all.
    var unused: [String] { counts.filter { $0.value == 0 }.keys.sorted() }

    /// Adds those of another sequence.
    mutating func add(_ other: FeatureUses) { counts.merge(other.counts, uniquingKeysWith: +) }

    /// A use after the other.
    var description: String {
        counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }
}
