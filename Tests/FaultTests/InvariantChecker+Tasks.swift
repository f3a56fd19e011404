import QueueTestWorker
import TaskQueue

// MARK: I1

extension InvariantChecker {
    /// Acknowledged tasks that did not come to one of their endings, and tasks that nobody may have created.
    var lostTasks: [Violation] {
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
            + replay.transitions.keys.filter { plan($0) == nil }.sorted().map {
                Violation(.noLostTask, "\($0) was created and nobody knows why: \(history(of: $0))")
            }
    }

    /// A task's changes and records for people.
    func history(of id: String) -> String {
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
    var misplacedTasks: [Violation] {
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
    var wrongTransitions: [Violation] {
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
        let isNudged = operations.nudges[id, default: 0] > 0
        switch (transition.from, transition.to) {
        case (nil, .pending), (nil, .scheduled): return creations > 1 ? "was created twice" : nil
        case (nil, .aggregating), (.scheduled, .aggregating):
            if plan(id)?.group == nil { return "came into a group that nobody had named" }
            return creations > 1 ? "was created twice" : nil
        // Whether it was joined with others says ``brokenGroups``.
        case (.aggregating, nil): return nil
        case (.aggregating, .archived): return isCancelled ? nil : "was archived although nobody had asked for it"
        case (.scheduled, .pending), (.retry, .pending), (.pending, .active), (.active, .pending): return nil
        case (.active, .retry):
            if isNudged { return nil }
            return ended(id, transition, [.failed, .cancelled, .released])
                ? nil : "was retried although its run had not failed"
        case (.active, nil) where isDrop(transition, of: id):
            return isTooEarly(toDrop: id, at: transition) ? "was dropped before it expired" : nil
        case (.active, .completed), (.active, nil):
            return ended(id, transition, [.succeeded])
                ? nil : "was ended at write \(transition.position) although its run had not"
        case (.active, .archived):
            let isLastTry = transition.retried >= plan(id)?.maxRetry ?? 0
            if isCancelled || mayBePoison || (isNudged && isLastTry) { return nil }
            return ended(id, transition, [.failed, .skipped]) ? nil : "was archived although its run had not failed"
        case (.pending, .archived), (.scheduled, .archived), (.retry, .archived):
            return isCancelled || mayBePoison ? nil : "was archived although nobody had asked for it"
        case (.archived, .pending):
            // Its worker lives and took it back (I8).
            return mayBePoison ? nil : "left the archive although it cannot have been poison"
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
