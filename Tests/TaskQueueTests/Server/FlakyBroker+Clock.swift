import Foundation

@testable import TaskQueue

extension FlakyBroker {
    func storeTime() async throws -> Date { try await real.storeTime() }
}
