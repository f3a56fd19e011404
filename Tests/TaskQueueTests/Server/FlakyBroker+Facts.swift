@testable import TaskQueue

extension FlakyBroker {
    func storeFacts() async throws -> StoreFacts { try await real.storeFacts() }
}
