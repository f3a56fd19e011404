import QueueTestWorker
import TaskQueue

// MARK: I4

extension InvariantChecker {
    /// Locks that were taken twice, released by others, or outlived their task's success.
    var lockViolations: [Violation] {
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
            let isArchived = snapshot.tasks[holder]?["state"] == "archived"
            if isArchived, plan(holder)?.releasesLockOnArchive != true, !isArchivedAsCancelled(holder) { return nil }
            return Violation(
                .lock, "\(key) is still held by \(holder), which is \(ending(of: holder)?.rawValue ?? "gone")")
        }
        return changes + left
    }
}

// MARK: I5

extension InvariantChecker {
    /// Counters that differ from the outcomes in the log.
    var wrongCounters: [Violation] {
        let outcomes = replay.transitions.flatMap { id, transitions in
            transitions.indices.filter { place in
                let transition = transitions[place]
                return transition.from == .active && transition.to != .pending && !isDrop(transition, of: id)
                    && !isRelease(transitions, place)
            }.map { transitions[$0] }
        }
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
    /// Whether a change to the retry set cost no retry.
    func isRelease(_ transitions: [QueueReplay.Transition], _ place: Int) -> Bool {
        let before = place > 0 ? transitions[place - 1].retried : 0
        return transitions[place].to == .retry && transitions[place].retried == before
    }

    /// Tasks with another number of retries than their handlers' failures.
    var crashCosts: [Violation] {
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
            let transitions = replay.transitions[plan.id, default: []]
            let retries = transitions.indices.count {
                transitions[$0].from == .active && transitions[$0].to == .retry && !isRelease(transitions, $0)
            }
            let retried = Int(message.retried)
            let nudges = operations.nudges[plan.id, default: 0]
            guard retried == retries, retried <= failures + nudges else {
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
    var leftovers: [Violation] {
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
