import ConcurrencySupport
import Foundation
import Logging

/// Takes tasks as slots are free and runs them, until the server stops; the one loop of asynq's `processor.go`.
struct Processor: Sendable {
    /// How many tasks one script call takes at most; beyond this a call gains nothing (architecture D4).
    static let batchLimit = 16

    let broker: any Broker
    let identity: WorkerIdentity
    let configuration: TaskServerConfiguration
    let control: ServerControl
    let catalog: QueueCatalog
    let watch: PendingWatch
    let runner: TaskRunner
    let logger: Logger
    private let limiter = LogLimiter()
    private let backoff = Backoff(base: .milliseconds(100), limit: .seconds(5))

    /// Makes the loop of one server.
    init(
        broker: any Broker, identity: WorkerIdentity, configuration: TaskServerConfiguration, control: ServerControl,
        catalog: QueueCatalog, watch: PendingWatch, runner: TaskRunner, logger: Logger
    ) {
        self.broker = broker
        self.identity = identity
        self.configuration = configuration
        self.control = control
        self.catalog = catalog
        self.watch = watch
        self.runner = runner
        self.logger = logger
    }

    /// Returns when no more tasks are taken and every task that was taken has ended or was given back.
    ///
    /// The caller must not cancel it: a task whose dequeue was cut off would be found by the next recovery only.
    func run() async {
        await withDiscardingTaskGroup { group in
            var failures = 0
            while control.state.isFetching {
                let free = min(max(1, configuration.concurrency) - control.state.running, Self.batchLimit)
                guard free > 0 else {
                    await control.processorWake.wait()
                    continue
                }
                let order = nextOrder()
                do {
                    let taken = try await take(upTo: free, from: order)
                    failures = 0
                    for task in taken { start(task, in: &group) }
                    if taken.isEmpty { await idle(order) }
                } catch {
                    failures += 1
                    limiter.run { logger.error("taking tasks failed", metadata: ["error": "\(error)"]) }
                    await pause(backoff.delay(afterFailures: failures))
                }
            }
        }
    }

    private func nextOrder() -> [String] {
        var generator = SystemRandomNumberGenerator()
        return QueueOrder(weights: catalog.weights, isStrict: configuration.strictPriority).next(using: &generator)
    }

    private func take(upTo free: Int, from order: [String]) async throws -> [DequeuedTask] {
        guard let capacity = configuration.perQueueConcurrency else {
            return try await broker.dequeue(from: order, limit: free, worker: identity)
        }
        var taken: [DequeuedTask] = []
        for queue in order where taken.count < free {
            let room = capacity(queue).map { $0 - control.running.count(in: queue) } ?? free
            guard room > 0 else { continue }
            do {
                taken += try await broker.dequeue(
                    from: [queue], limit: min(room, free - taken.count), worker: identity)
            } catch  where !taken.isEmpty {
                break  // what was taken must run; the error comes again with the next attempt
            }
        }
        return taken
    }

    private func start(_ task: DequeuedTask, in group: inout DiscardingTaskGroup) {
        watch.wasFruitful(task.run.message.queue)
        guard control.taskArrived() else {
            group.addTask { await runner.giveBack(task) }
            return
        }
        // Registered here, so that the next look at a queue's room counts it.
        let running = runner.register(task)
        group.addTask {
            await runner.run(task, as: running)
            control.taskEnded()
        }
    }

    /// Waits for a push, a free slot or a new status, a while at most.
    private func idle(_ order: [String]) async {
        // By name, not by this attempt's order, so that it is always the same few queues that cost a connection.
        let watchable = order.sorted().prefix(PendingWatch.mostWaiters).filter { queue in
            guard let capacity = configuration.perQueueConcurrency?(queue) else { return true }
            return control.running.count(in: queue) < capacity
        }
        watch.arm(watchable)
        await control.processorWake.wait(atMost: configuration.pollInterval * Double.random(in: 0.5...1))
    }

    /// Waits after an error; a slot that becomes free does not cut it short, a stop does.
    private func pause(_ duration: Duration) async {
        let end = ContinuousClock.now + duration
        while control.state.isFetching, ContinuousClock.now < end {
            await control.processorWake.wait(atMost: end - ContinuousClock.now)
        }
    }
}
