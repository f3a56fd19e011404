import QueueTestWorker

@testable import TaskQueue

extension InvariantChecker {
    /// Whether a task is in the archive because somebody cancelled it.
    func isArchivedAsCancelled(_ id: String) -> Bool {
        guard let last = replay.transitions[id]?.last else { return false }
        return last.to == .archived && last.error == TaskInspector.cancelledText
    }

    /// Cancellations that were acknowledged and forgotten, and tasks that ran or were retried after they were cancelled for good.
    var forgottenCancels: [Violation] {
        let acknowledged = operations.acknowledgedCancels.sorted().filter { id in
            replay.cancelRequests[id] == nil && !isArchivedAsCancelled(id)
        }.map { Violation(.cancel, "\($0) was cancelled, so somebody was told, and is not: \(history(of: $0))") }
        let requested = replay.cancelRequests.sorted { $0.key < $1.key }.flatMap { id, position in
            afterRequest(of: id, at: position)
        }
        let waiting = replay.transitions.sorted { $0.key < $1.key }.compactMap { id, transitions -> Violation? in
            guard
                let place = transitions.firstIndex(where: {
                    $0.to == .archived && $0.error == TaskInspector.cancelledText
                }), place < transitions.count - 1
            else { return nil }
            return Violation(.cancel, "\(id) was archived as cancelled and went on: \(history(of: id))")
        }
        return acknowledged + requested + waiting
    }

    /// What happened to a task after its cancellation was requested, that must not.
    private func afterRequest(of id: String, at position: Int) -> [Violation] {
        let transitions = replay.transitions[id, default: []]
        let present = transitions.last { $0.position < position }?.delivery ?? 0
        var problems: [String] = []
        if replay.records.contains(where: {
            $0.position > position && $0.record.task == id && $0.record.event == .started
                && $0.record.delivery > present
        }) {
            problems.append("ran again")
        }
        for transition in transitions where transition.position > position {
            if transition.from == .active, transition.to == .retry { problems.append("was retried") }
            if transition.to == .archived, transition.error != TaskInspector.cancelledText {
                problems.append("was archived with \"\(transition.error)\"")
            }
        }
        return problems.map {
            Violation(.cancel, "\(id) \($0) after write \(position) had cancelled it: \(history(of: id))")
        }
    }

    /// Whether a task was dropped although a worker would still have been in time.
    func isTooEarly(toDrop id: String, at transition: QueueReplay.Transition) -> Bool {
        guard let end = replay.expiries[id] else { return true }
        // The server's clock in its log may be behind by a moment.
        return replay.seconds[transition.position] < end - 1
    }

    /// Tasks that ran although the worker had taken them when their time was over.
    var expiredRuns: [Violation] {
        plans.compactMap { plan in
            guard let end = replay.expiries[plan.id],
                let take = replay.transitions[plan.id, default: []].first(where: { $0.to == .active }),
                replay.seconds[take.position] > end,
                replay.records.contains(where: { $0.record.task == plan.id && $0.record.delivery == 1 })
            else { return nil }
            let text = "\(plan.id) was taken after \(end), when it had expired, and ran: \(history(of: plan.id))"
            return Violation(.noLostTask, text)
        }
    }
}
