import Logging

/// Deletes completed tasks whose retention is over, and archived ones that are too old or too many.
struct Janitor: Sendable {
    /// How many one call deletes, so that the store is not held up.
    static let batchLimit = 100

    let broker: any Broker
    let catalog: QueueCatalog
    let interval: Duration
    let logger: Logger

    /// Deletes now and after every interval until cancelled.
    func run() async {
        await PeriodicLoop(name: "deleting old tasks", interval: interval, logger: logger).run {
            try await catalog.names.forEachDespiteErrors(clean)
        }
    }

    private func clean(_ queue: String) async throws {
        // An archive that cannot be trimmed keeps nobody from deleting what is completed, and the other way round.
        try await [broker.deleteExpiredCompleted, broker.trimArchive].forEachDespiteErrors { delete in
            while try await delete(queue, Self.batchLimit) > 0 { try Task.checkCancellation() }
        }
    }
}
