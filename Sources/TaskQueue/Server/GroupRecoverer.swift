import Logging

/// Puts tasks back into their groups that a dead aggregator, Go's or ours, had taken out, and finds groups that are not listed.
struct GroupRecoverer: Sendable {
    let broker: any Broker
    let catalog: QueueCatalog
    let configuration: TaskServerConfiguration
    let logger: Logger

    /// Looks now and after every interval until cancelled.
    ///
    /// Sets are put back whether or not this server aggregates, as in asynq; looking for lost groups reads every key's name,
    /// so only servers that aggregate do it, one of the fleet each time.
    func run() async {
        let interval = configuration.recovererInterval
        await PeriodicLoop(name: "recovering groups", interval: interval, logger: logger).run {
            if configuration.groupAggregation != nil {
                let count = try await broker.relistLostGroups(atMostEvery: interval)
                if count > 0 { logger.notice("listed lost groups again", metadata: ["groups": "\(count)"]) }
            }
            try await catalog.names.forEachDespiteErrors(reclaim)
        }
    }

    private func reclaim(_ queue: String) async throws {
        let count = try await broker.reclaimStaleSets(in: queue)
        guard count > 0 else { return }
        logger.warning(
            "put tasks back into their groups whose aggregation did not end in time",
            metadata: ["queue": "\(queue)", "sets": "\(count)"])
    }
}
