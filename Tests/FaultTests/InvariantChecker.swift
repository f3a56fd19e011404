import QueueTestWorker
import TaskQueue

/// Judges what is left of a sequence, and how it came to that, by the invariants of the architecture's section 4.
///
/// Pure: it works on what was read.
struct InvariantChecker: Sendable {
    /// The tasks of the sequence.
    let plans: [TaskPlan]
    /// What the producer and the faults were told.
    let operations: Operations
    /// What happened, from the server's log.
    let replay: QueueReplay
    /// What is left, once all workers have ended.
    let snapshot: Snapshot

    /// From this many times on that a task was given back by others, a worker may take it for the cause of crashes.
    static let poisonRescues = 2

    /// Everything that does not hold.
    var violations: [Violation] {
        replay.violations + lostTasks + misplacedTasks + wrongTransitions + lockViolations + wrongCounters + crashCosts
            + leftovers
    }

    private func plan(_ id: String) -> TaskPlan? { plans.first { $0.id == id } }

    /// How often the task was taken from a run that had not ended by itself.
    private func rescues(of id: String) -> Int {
        replay.transitions[id, default: []].count { $0.from == .active && $0.to == .pending }
    }

    private func model(_ plan: TaskPlan) -> FaultModel {
        FaultModel(
            plan, mayBeCancelled: operations.cancelled.contains(plan.id),
            mayBePoison: rescues(of: plan.id) >= Self.poisonRescues)
    }

    private func ending(of id: String) -> FaultModel.Ending? {
        guard let last = replay.transitions[id]?.last else { return nil }
        switch (last.from, last.to) {
        case (.active, nil), (_, .completed), (.completed, nil): return .succeeded
        case (_, .archived): return .archived
        default: return nil
        }
    }
}

// MARK: I1

extension InvariantChecker {
    /// Acknowledged tasks that did not come to one of their endings, and tasks that nobody may have created.
    private var lostTasks: [Violation] {
        plans.flatMap { plan -> [Violation] in
            guard replay.transitions[plan.id] != nil else {
                guard operations.acknowledged.contains(plan.id) else { return [] }
                return [Violation(.noLostTask, "\(plan.id) was acknowledged and is not in Redis's log")]
            }
            if operations.refused.contains(plan.id) {
                return [Violation(.noLostTask, "\(plan.id) was refused and created nevertheless")]
            }
            let model = model(plan)
            guard let ending = ending(of: plan.id) else {
                return [Violation(.noLostTask, "\(plan.id) (\(plan.behaviour)) did not end: \(history(of: plan.id))")]
            }
            guard model.endings.contains(ending) else {
                let text = "\(plan.id) (\(plan.behaviour)) is \(ending.rawValue): \(history(of: plan.id))"
                return [Violation(.noLostTask, text)]
            }
            return []
        }
    }

    /// A task's changes and records for people.
    private func history(of id: String) -> String {
        let changes = replay.transitions[id, default: []].map {
            (
                $0.position,
                "\($0.position) \($0.from?.rawValue ?? "none")>\($0.to?.rawValue ?? "none")#\($0.delivery)"
            )
        }
        let records = replay.records.filter { $0.record.task == id }.map {
            ($0.position, "\($0.position) \($0.record)")
        }
        return (changes + records).sorted { $0.0 < $1.0 }.map(\.1).joined(separator: ", ")
    }
}

// MARK: I2

extension InvariantChecker {
    /// What Redis holds at the end, looked at by itself: the log's replay must not be the only witness.
    private var misplacedTasks: [Violation] {
        var places: [String: [String]] = [:]
        for name in Snapshot.containerNames where name != "lease" {
            for id in snapshot.containers[name, default: []] { places[id, default: []].append(name) }
        }
        var found: [Violation] = []
        for id in Set(places.keys).union(snapshot.tasks.keys).sorted() {
            let state = snapshot.tasks[id].map { $0["state"] ?? "none" }
            let expected = state.map { [$0] } ?? []
            if places[id, default: []] != expected {
                found.append(
                    Violation(
                        .oneState, "at the end \(id) has state \(state ?? "none") and stands in \(places[id] ?? [])"))
            }
        }
        let active = snapshot.containers["active", default: []].sorted()
        let leased = snapshot.containers["lease", default: []].sorted()
        if active != leased { found.append(Violation(.oneState, "at the end \(active) are active, \(leased) leased")) }
        return found
    }
}

// MARK: I3

extension InvariantChecker {
    /// Changes of state that no run with the right to them has made.
    private var wrongTransitions: [Violation] {
        replay.transitions.sorted { $0.key < $1.key }.flatMap { id, transitions -> [Violation] in
            var creations = 0
            var rescues = 0
            return transitions.compactMap { transition in
                if transition.from == nil { creations += 1 }
                if transition.from == .active, transition.to == .pending { rescues += 1 }
                guard
                    let problem = problem(
                        with: transition, of: id, creations: creations, mayBePoison: rescues >= Self.poisonRescues)
                else { return nil }
                return Violation(.noStaleOutcome, "\(id) \(problem): \(history(of: id))")
            }
        }
    }

    private func problem(
        with transition: QueueReplay.Transition, of id: String, creations: Int, mayBePoison: Bool
    ) -> String? {
        let isCancelled = operations.cancelled.contains(id)
        switch (transition.from, transition.to) {
        case (nil, .pending), (nil, .scheduled): return creations > 1 ? "was created twice" : nil
        case (.scheduled, .pending), (.retry, .pending), (.pending, .active), (.active, .pending): return nil
        case (.active, .retry):
            return ended(id, transition, [.failed, .cancelled]) ? nil : "was retried although its run had not failed"
        case (.active, .completed), (.active, nil):
            return ended(id, transition, [.succeeded])
                ? nil : "was ended at write \(transition.position) although its run had not"
        case (.active, .archived):
            if isCancelled || mayBePoison { return nil }
            return ended(id, transition, [.failed, .skipped]) ? nil : "was archived although its run had not failed"
        case (.pending, .archived), (.scheduled, .archived), (.retry, .archived):
            return isCancelled || mayBePoison ? nil : "was archived although nobody had asked for it"
        case (.completed, nil):
            let isShort = (1..<60).contains(plan(id)?.retentionSeconds ?? 0)
            return isShort ? nil : "was deleted before its retention was over"
        default:
            return "went from \(transition.from?.rawValue ?? "none") to \(transition.to?.rawValue ?? "none")"
        }
    }

    /// Whether the run that owned the task had recorded one of the ends before.
    private func ended(
        _ id: String, _ transition: QueueReplay.Transition, _ ends: Set<RunRecord.Event>
    ) -> Bool {
        replay.records.contains {
            $0.position < transition.position && $0.record.task == id && $0.record.delivery == transition.delivery
                && ends.contains($0.record.event)
        }
    }
}

// MARK: I4

extension InvariantChecker {
    /// Locks that were taken twice, released by others, or outlived their task's success.
    private var lockViolations: [Violation] {
        let changes = replay.lockChanges.compactMap { change -> Violation? in
            let touched = replay.touchedTasks[change.position, default: []]
            if let from = change.from, let to = change.to {
                return Violation(.lock, "\(change.key) went from \(from) to \(to) while it was held")
            }
            if let to = change.to, !touched.contains(to) {
                return Violation(.lock, "\(to) took \(change.key) and was not created")
            }
            if let from = change.from, !touched.contains(from) {
                return Violation(.lock, "\(change.key) of \(from) was released by another")
            }
            return nil
        }
        let left = snapshot.locks.sorted { $0.key < $1.key }.compactMap { key, holder -> Violation? in
            // An archived task keeps its lock for the lock's time, as in asynq.
            if snapshot.tasks[holder]?["state"] == "archived" { return nil }
            return Violation(
                .lock, "\(key) is still held by \(holder), which is \(ending(of: holder)?.rawValue ?? "gone")")
        }
        return changes + left
    }
}

// MARK: I5

extension InvariantChecker {
    /// Counters that differ from the outcomes in the log.
    private var wrongCounters: [Violation] {
        let outcomes = replay.transitions.values.joined().filter { $0.from == .active && $0.to != .pending }
        let failed = outcomes.count { $0.to == .retry || $0.to == .archived }
        return [(replay.keys.processedTotal, outcomes.count), (replay.keys.failedTotal, failed)].flatMap {
            key, expected in
            let total = snapshot.counters[key] ?? 0
            let days = snapshot.counters.filter { $0.key.hasPrefix(key + ":") }.values.reduce(0, +)
            return [("in all", total), ("in its days", days)].filter { $0.1 != expected }.map { what, number in
                Violation(.counters, "\(key) counts \(number) \(what), and \(expected) outcomes were written")
            }
        }
    }
}

// MARK: I8

extension InvariantChecker {
    /// Tasks with another number of retries than their handlers' failures.
    private var crashCosts: [Violation] {
        plans.compactMap { plan in
            guard let bytes = replay.lastMessage[plan.id] else { return nil }
            guard let message = try? TaskMessage(decoding: bytes) else {
                return Violation(.crashCost, "\(plan.id)'s message does not decode")
            }
            let failures = Set(
                replay.records.map(\.record).filter {
                    $0.task == plan.id && ($0.event == .failed || $0.event == .cancelled)
                }.map(\.delivery)
            ).count
            let retries = replay.transitions[plan.id, default: []].count { $0.from == .active && $0.to == .retry }
            let retried = Int(message.retried)
            guard retried == retries, retried <= failures else {
                return Violation(
                    .crashCost,
                    "\(plan.id) has \(retried) retries, was retried \(retries) times and failed \(failures) times: "
                        + history(of: plan.id))
            }
            guard let expected = model(plan).retried, expected != retried else { return nil }
            return Violation(
                .crashCost,
                "\(plan.id) (\(plan.behaviour)) has \(retried) retries, not \(expected): \(history(of: plan.id))")
        }
    }
}

// MARK: I9

extension InvariantChecker {
    /// Keys that are not documented, that should end by themselves and do not, or the other way round.
    private var leftovers: [Violation] {
        let documented = DocumentedKeys(replay.keys)
        let keys = snapshot.keys.filter { $0.name != RunRecord.key }.compactMap { key -> Violation? in
            switch documented.life(of: key.name) {
            case nil: Violation(.leftovers, "\(key.name) is no documented key")
            case .endless where key.milliseconds != nil: Violation(.leftovers, "\(key.name) ends by itself")
            case .limited where key.milliseconds == nil: Violation(.leftovers, "\(key.name) never ends")
            default: nil
            }
        }
        let owned = snapshot.tasks.filter { $0.value["schedcu:owner"] != nil }.keys.sorted()
        return keys + owned.map { Violation(.leftovers, "\($0) has an owner and does not run") }
    }
}
