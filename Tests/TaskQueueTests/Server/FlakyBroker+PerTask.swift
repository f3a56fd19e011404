import Foundation

@testable import TaskQueue

extension FlakyBroker {
    func create(_ creations: [TaskCreation]) async throws -> [CreateOutcome] { try await real.create(creations) }
    func release(_ run: TaskRun, until date: Date) async throws -> OutcomeWrite {
        try await real.release(run, until: date)
    }
    func drop(_ run: TaskRun) async throws -> OutcomeWrite { try await real.drop(run) }
    func options(of run: TaskRun) async throws -> StoredOptions { try await real.options(of: run) }
    func ending(ofTask id: String, in queue: String) async throws -> TaskEnding {
        try await real.ending(ofTask: id, in: queue)
    }
    func endings(ofTask id: String, in queue: String) -> AsyncStream<Void> {
        real.endings(ofTask: id, in: queue)
    }
}
