import ConcurrencySupport

@testable import TaskQueue

extension FlakyBroker {
    func finish(
        _ set: StagedSet, members: [TaskMessage], as task: TaskMessage, placement: TaskPlacement, uniqueFor: Duration?
    ) async throws -> SetOutcome {
        let fault = faults.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        if fault == .requestLost { throw TestFailure(description: "the request was lost") }
        let outcome = try await real.finish(
            set, members: members, as: task, placement: placement, uniqueFor: uniqueFor)
        if fault == .answerLost { throw TestFailure(description: "the answer was lost") }
        return outcome
    }

    func groups(in queue: String) async throws -> Set<String> { try await real.groups(in: queue) }
    func stageGroup(
        _ group: String, in queue: String, limits: GroupAggregation.Limits
    ) async throws -> StagedSet? { try await real.stageGroup(group, in: queue, limits: limits) }
    func members(of set: StagedSet) async throws -> [TaskMessage] { try await real.members(of: set) }
    func giveBack(_ set: StagedSet) async throws { try await real.giveBack(set) }
    func reclaimStaleSets(in queue: String) async throws -> Int { try await real.reclaimStaleSets(in: queue) }
    func relistLostGroups(atMostEvery interval: Duration) async throws -> Int {
        try await real.relistLostGroups(atMostEvery: interval)
    }
}
