@testable import TaskQueue

extension FlakyBroker {
    func standForElection(
        schedulerID: String, fleet: String, life: Duration, above floor: Int64
    ) async throws -> ElectionOutcome {
        try await before(.stand)
        return try await real.standForElection(schedulerID: schedulerID, fleet: fleet, life: life, above: floor)
    }
    func resign(_ leadership: Leadership) async throws {
        try await before(.stand)
        try await real.resign(leadership)
    }
    func fence(queue: String, for leadership: Leadership) async throws -> Int64 {
        try await before(.fence)
        return try await real.fence(queue: queue, for: leadership)
    }
    func adoptTicks(
        ofEntry id: String, spec: String, baseline: Int64, life: Duration, for leadership: Leadership
    ) async throws -> StoredTicks? {
        try await before(.adopt)
        return try await real.adoptTicks(ofEntry: id, spec: spec, baseline: baseline, life: life, for: leadership)
    }
    func claimTick(
        _ tick: Int64, ofEntry id: String, life: Duration, for leadership: Leadership
    ) async throws -> TickClaim {
        try await before(.claim)
        return try await real.claimTick(tick, ofEntry: id, life: life, for: leadership)
    }
    func settleTicks(_ ticks: [Int64], ofEntry id: String, fleet: String) async throws {
        try await before(.settle)
        try await real.settleTicks(ticks, ofEntry: id, fleet: fleet)
    }
    func createTask(_ creation: TaskCreation, of tick: FencedTick) async throws -> TickOutcome {
        try await before(.createTick)
        return try await real.createTask(creation, of: tick)
    }
}
