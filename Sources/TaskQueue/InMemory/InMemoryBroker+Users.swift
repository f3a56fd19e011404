public import Logging

extension TaskClient {
    /// Makes a client of an in-memory broker, by the broker's clock.
    public convenience init(broker: InMemoryBroker) {
        self.init(broker: broker as any Broker, now: { broker.now })
    }
}

extension TaskServer {
    /// Makes a server of an in-memory broker, by the broker's clock.
    public convenience init(
        broker: InMemoryBroker, configuration: TaskServerConfiguration = TaskServerConfiguration(), logger: Logger
    ) {
        self.init(broker: broker as any Broker, configuration: configuration, logger: logger, now: { broker.now })
    }
}

extension PeriodicTaskScheduler {
    /// Makes a scheduler of an in-memory broker, by the broker's clock.
    public convenience init(
        broker: InMemoryBroker, configuration: PeriodicSchedulerConfiguration = PeriodicSchedulerConfiguration(),
        logger: Logger
    ) {
        let clock = PeriodicClock(now: { broker.now }, sleep: { try await broker.sleep(until: $0) })
        self.init(broker: broker as any Broker, configuration: configuration, logger: logger, clock: clock)
    }
}

extension PeriodicTaskManager {
    /// Makes a manager of an in-memory broker, by the broker's clock.
    ///
    /// - Parameters:
    ///   - broker: Where to enqueue.
    ///   - provider: Which tasks there are.
    ///   - syncInterval: How often the provider is asked.
    ///   - configuration: How the scheduler works.
    ///   - logger: Gets what was skipped.
    public convenience init(
        broker: InMemoryBroker, provider: any PeriodicTaskProvider,
        syncInterval: Duration = PeriodicTaskManager.defaultSyncInterval,
        configuration: PeriodicSchedulerConfiguration = PeriodicSchedulerConfiguration(), logger: Logger
    ) {
        self.init(
            scheduler: PeriodicTaskScheduler(broker: broker, configuration: configuration, logger: logger),
            provider: provider, syncInterval: syncInterval)
    }
}
