import Foundation
import Logging

/// The components of one running server, wired together.
struct ServerParts: Sendable {
    let heartbeater: Heartbeater
    let subscriber: CancellationSubscriber
    let processor: Processor
    private let catalog: QueueCatalog
    private let watch: PendingWatch
    private let forwarder: Forwarder
    private let recoverer: Recoverer
    private let rescuer: Rescuer
    private let janitor: Janitor
    private let healthChecker: HealthChecker

    /// Makes every component; none runs yet.
    init(
        broker: any Broker, identity: WorkerIdentity, configuration: TaskServerConfiguration, control: ServerControl,
        handler: any TaskHandler, logger: Logger, now: @escaping @Sendable () -> Date
    ) {
        catalog = QueueCatalog(
            broker: broker, selection: configuration.queues, interval: configuration.queueDiscoveryInterval,
            logger: logger, onChange: { control.processorWake.signal() })
        watch = PendingWatch(broker: broker, wake: control.processorWake)
        heartbeater = Heartbeater(
            broker: broker, identity: identity, configuration: configuration, control: control, catalog: catalog,
            logger: logger, now: now)
        subscriber = CancellationSubscriber(
            broker: broker, running: control.running, lookInterval: configuration.heartbeatInterval, logger: logger)
        forwarder = Forwarder(
            broker: broker, catalog: catalog, interval: configuration.forwarderInterval, logger: logger, now: now)
        recoverer = Recoverer(
            broker: broker, catalog: catalog, control: control, configuration: configuration, logger: logger, now: now)
        rescuer = Rescuer(
            broker: broker, catalog: catalog, identity: identity, heartbeater: heartbeater,
            interval: configuration.rescueLookInterval, logger: logger)
        janitor = Janitor(
            broker: broker, catalog: catalog, interval: configuration.janitorInterval, logger: logger)
        healthChecker = HealthChecker(broker: broker, configuration: configuration)
        let runner = TaskRunner(
            broker: broker, identity: identity, configuration: configuration, control: control, handler: handler,
            writer: OutcomeWriter(control: control, logger: logger, now: now), forwarder: forwarder, logger: logger,
            now: now)
        processor = Processor(
            broker: broker, identity: identity, configuration: configuration, control: control, catalog: catalog,
            watch: watch, runner: runner, logger: logger)
    }

    /// Starts what may be cut off at any moment.
    func addHousekeeping(to group: inout DiscardingTaskGroup) {
        group.addTask { [catalog] in await catalog.run() }
        group.addTask { [watch] in await watch.run() }
        group.addTask { [forwarder] in await forwarder.run() }
        group.addTask { [recoverer] in await recoverer.run() }
        group.addTask { [rescuer] in await rescuer.run() }
        group.addTask { [janitor] in await janitor.run() }
        group.addTask { [healthChecker] in await healthChecker.run() }
    }
}
