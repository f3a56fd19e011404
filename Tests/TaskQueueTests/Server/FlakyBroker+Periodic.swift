@testable import TaskQueue

extension FlakyBroker {
    func writeSchedulerEntries(_ entries: [SchedulerEntry], schedulerID: String, life: Duration) async throws {
        try await before(.announce)
        try await real.writeSchedulerEntries(entries, schedulerID: schedulerID, life: life)
    }
    func clearSchedulerEntries(schedulerID: String) async throws {
        try await before(.announce)
        try await real.clearSchedulerEntries(schedulerID: schedulerID)
    }
    func recordEnqueue(_ event: SchedulerEnqueueEvent, ofEntry id: String) async throws {
        try await real.recordEnqueue(event, ofEntry: id)
    }
    func clearHistory(ofEntry id: String) async throws { try await real.clearHistory(ofEntry: id) }
}
