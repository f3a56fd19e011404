@testable import TaskQueue

extension FlakyBroker {
    func cancelRequests() -> AsyncStream<CancelRequest> { real.cancelRequests() }
    func create(_ creations: [TaskCreation]) async throws -> [CreateOutcome] { try await real.create(creations) }
}
