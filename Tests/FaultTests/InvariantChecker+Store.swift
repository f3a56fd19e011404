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
    var wrongCounters: [Violation] {
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
