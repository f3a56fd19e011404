@testable import TaskQueue

extension FlakyBroker {
    func restoreFromPoison(_ run: TaskRun, reason: String) async throws -> OutcomeWrite {
        try await real.restoreFromPoison(run, reason: reason)
    }
}
