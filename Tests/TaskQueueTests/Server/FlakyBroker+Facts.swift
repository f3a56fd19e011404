@testable import TaskQueue

extension FlakyBroker {
    func storeFacts() async throws -> StoreFacts {
        if let facts { return facts }
        return try await real.storeFacts()
    }
}
