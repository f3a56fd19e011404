import ConcurrencySupport

extension InMemoryBroker {
    package func groups(in queue: String) async throws -> Set<String> {
        change(in: queue) { queue, _ in Set(queue.groups.map(\.text)) }
    }

    package func stageGroup(
        _ group: String, in queue: String, limits: GroupAggregation.Limits
    ) async throws -> StagedSet? {
        let id = RandomUUID.next()
        return change(in: queue) { $0.stage(group, limits: limits, id: id, at: $1) }
    }

    package func members(of set: StagedSet) async throws -> [TaskMessage] {
        change(in: set.queue) { queue, _ in queue.members(ofSet: set.id) }
    }

    package func finish(
        _ set: StagedSet, members: [TaskMessage], as task: TaskMessage, placement: TaskPlacement, uniqueFor: Duration?
    ) async throws -> SetOutcome {
        try change { state, now in
            state.names.insert(ExactText(set.queue))
            return try state[set.queue].finish(
                set, members: members, as: task, placement: placement, uniqueFor: uniqueFor, at: now)
        }
    }

    package func giveBack(_ set: StagedSet) async throws {
        change(in: set.queue) { queue, _ in _ = queue.giveBack(set: set.id) }
    }

    package func reclaimStaleSets(in queue: String) async throws -> Int {
        change(in: queue) { $0.reclaimStaleSets(at: $1) }
    }

    package func relistLostGroups(atMostEvery interval: Duration) async throws -> Int {
        change { $0.relistLostGroups(atMostEvery: interval, at: $1) }
    }
}
