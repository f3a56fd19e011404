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
            for queue in catalog.names {
                while try await broker.deleteExpiredCompleted(queue: queue, limit: Self.batchLimit) > 0 {
                    try Task.checkCancellation()
                }
                while try await broker.trimArchive(queue: queue, limit: Self.batchLimit) > 0 {
                    try Task.checkCancellation()
                }
            }
        }
    }
}
