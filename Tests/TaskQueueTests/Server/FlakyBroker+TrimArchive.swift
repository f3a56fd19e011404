@testable import TaskQueue

extension FlakyBroker {
    func trimArchive(queue: String, limit: Int) async throws -> Int {
        try await real.trimArchive(queue: queue, limit: limit)
    }
}
