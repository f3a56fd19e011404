import Foundation
import Logging

/// The components of one running server, wired together.
struct ServerParts: Sendable {
    let processor: Processor
    let runner: TaskRunner
    private let heartbeater: Heartbeater
    private let subscriber: CancellationSubscriber
    private let catalog: QueueCatalog
    private let watch: PendingWatch
    private let forwarder: Forwarder
    private let recoverer: Recoverer
    private let rescuer: Rescuer
    private let janitor: Janitor
    private let deadlines: Deadlines
    private let wakeListener: WakeListener
    private let groupRecoverer: GroupRecoverer
    private let aggregator: Aggregator?
    private let healthChecker: HealthChecker
    private let workflowSweeper: WorkflowSweeper

    /// Makes every component; none runs yet.
    init(
        broker: any Broker, identity: WorkerIdentity, configuration: TaskServerConfiguration, control: ServerControl,
        handler: any TaskHandler, logger: Logger, now: @escaping @Sendable () -> Date
    ) {
        catalog = QueueCatalog(
            broker: broker, selection: configuration.queues, isStrict: configuration.strictPriority,
            interval: configuration.queueDiscoveryInterval, pollInterval: configuration.pollInterval, logger: logger,
            onChange: { control.processorWake.signal() }
        )
        watch = PendingWatch(broker: broker, wake: control.processorWake)
        heartbeater = Heartbeater(
            broker: broker, identity: identity, configuration: configuration, control: control, catalog: catalog,
            logger: logger, now: now)
        subscriber = CancellationSubscriber(
            broker: broker, running: control.running, lookInterval: configuration.effectiveHeartbeatInterval,
            logger: logger)
        forwarder = Forwarder(
            broker: broker, catalog: catalog, interval: configuration.forwarderInterval, logger: logger, now: now)
        recoverer = Recoverer(
            broker: broker, catalog: catalog, identity: identity, control: control, configuration: configuration,
            logger: logger, now: now)
        rescuer = Rescuer(
            broker: broker, catalog: catalog, identity: identity, heartbeater: heartbeater, control: control,
            configuration: configuration, logger: logger)
        janitor = Janitor(
            broker: broker, catalog: catalog, interval: configuration.janitorInterval, logger: logger)
        deadlines = Deadlines(running: control.running, now: now)
        wakeListener = WakeListener(
            broker: broker, catalog: catalog, watch: watch, forwarder: forwarder, processorWake: control.processorWake)
        runner = TaskRunner(
            broker: broker, workerName: "\(identity.host):\(identity.pid)", configuration: configuration,
            control: control, handler: handler, writer: OutcomeWriter(control: control, logger: logger, now: now),
            forwarder: forwarder, deadlines: deadlines, logger: logger, now: now)
        groupRecoverer = GroupRecoverer(
            broker: broker, catalog: catalog, configuration: configuration, logger: logger)
        aggregator = configuration.groupAggregation.map { [forwarder, catalog] aggregation in
            Aggregator(
                aggregation, broker: broker, catalog: catalog, control: control, forwarder: forwarder,
                abandonTimeout: configuration.abandonTimeout, logger: logger, now: now)
        }
        healthChecker = HealthChecker(broker: broker, control: control, configuration: configuration)
        workflowSweeper = WorkflowSweeper(
            broker: broker, catalog: catalog, interval: configuration.recovererInterval, logger: logger)
        processor = Processor(
            broker: broker, identity: identity, configuration: configuration, control: control, catalog: catalog,
            watch: watch, runner: runner, logger: logger)
    }

    /// Starts what may be cut off at any moment; the aggregator sees to its own end.
    func addHousekeeping(to group: inout DiscardingTaskGroup) {
        group.addTask { [catalog] in await catalog.run() }
        group.addTask { [watch] in await watch.run() }
        group.addTask { [forwarder] in await forwarder.run() }
        group.addTask { [recoverer] in await recoverer.run() }
        group.addTask { [rescuer] in await rescuer.run() }
        group.addTask { [janitor] in await janitor.run() }
        group.addTask { [wakeListener] in await wakeListener.run() }
        group.addTask { [groupRecoverer] in await groupRecoverer.run() }
        group.addTask { [aggregator] in await aggregator?.run() }
        group.addTask { [healthChecker] in await healthChecker.run() }
        group.addTask { [workflowSweeper] in await workflowSweeper.run() }
    }

    /// Starts what runs need as long as they last.
    func addOversight(to group: inout DiscardingTaskGroup) {
        group.addTask { [heartbeater] in await heartbeater.run() }
        group.addTask { [subscriber] in await subscriber.run() }
        group.addTask { [deadlines] in await deadlines.run() }
    }
}
