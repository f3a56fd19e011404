import Logging

/// Hands over for steps of workflows that were completed by workers that know nothing of workflows.
struct WorkflowSweeper: Sendable {
    let broker: any Broker
    let catalog: QueueCatalog
    let interval: Duration
    let logger: Logger

    /// Looks now and after every interval until cancelled.
    func run() async {
        await PeriodicLoop(name: "sweeping workflows", interval: interval, logger: logger).run {
            try await catalog.names.forEachDespiteErrors(sweep)
        }
    }

    private func sweep(_ queue: String) async throws {
        let count = try await broker.sweepWorkflows(in: queue)
        guard count > 0 else { return }
        logger.notice(
            "handed over for steps of workflows that another worker completed",
            metadata: ["queue": "\(queue)", "steps": "\(count)"])
    }
}
