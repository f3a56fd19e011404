import ConcurrencySupport
import Foundation
import Logging

/// Takes tasks as slots are free and runs them, until the server stops: asynq's `processor.go`.
///
/// One fetch loop suffices mostly. While fetches come back full, further loops join in, so that a slow network is bridged.
struct Processor: Sendable {
    /// How many tasks one script call takes at most; beyond this a call gains nothing (architecture D4).
    static let batchLimit = 16
    /// How many fetches may be under way beside the first.
    static let burstCount = 5
    /// With fewer free slots than this no further fetch joins in: small batches cost more than they bring.
    private static let burstSlots = 8

    let broker: any Broker
    let identity: WorkerIdentity
    let configuration: TaskServerConfiguration
    let control: ServerControl
    let catalog: QueueCatalog
    let watch: PendingWatch
    let runner: TaskRunner
    let lonely: LonelyTasks
    let logger: Logger
    private let limiter = LogLimiter()
    private let backoff = Backoff(base: .milliseconds(100), limit: .seconds(5))

    /// Makes the loops of one server.
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
        lonely = LonelyTasks(broker: broker, control: control, runner: runner, logger: logger)
    }

    /// Returns when no more tasks are taken and the outcome of every task that was taken is written or given up, or left behind
    /// by a shutdown.
    ///
    /// The caller must not cancel it: a task whose dequeue was cut off would be found by the next recovery only.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await fetchAlways() }
            // Two fetches at once would not know what the other takes of a queue's room.
            if configuration.perQueueConcurrency == nil {
                for burst in control.burstWakes.indices { group.addTask { await fetchInBursts(burst) } }
            }
            group.addTask { await lonely.run() }
            group.addTask { await sendLateAway() }
        }
        await control.waitForLastOutcome()
    }

    /// The first loop: takes whatever there is room for, and waits when there is nothing.
    private func fetchAlways() async {
        var failures = 0
        while control.state.isFetching {
            let room = control.reserve(upTo: Self.batchLimit, atLeast: 1)
            guard room > 0 else {
                await control.processorWake.wait()
                continue
            }
            let order = catalog.nextOrder()
            let moment = ContinuousClock.now
            do {
                let count = try await fetch(room, from: order)
                failures = 0
                if count == 0 { await idle(order, since: moment) }
                if count == room { control.burstWakes.first?.signal() }
            } catch {
                failures += 1
                limiter.run { logger.error("taking tasks failed", metadata: ["error": "\(error)"]) }
                await pause(backoff.delay(afterFailures: failures))
            }
        }
    }

    /// A further loop: takes part while batches are full.
    private func fetchInBursts(_ burst: Int) async {
        let wakes = control.burstWakes
        while control.state.isFetching {
            await wakes[burst].wait()
            while control.state.isFetching {
                let room = control.reserve(upTo: Self.batchLimit, atLeast: Self.burstSlots)
                guard room > 0 else { break }
                // Errors are the first loop's to count and to tell.
                let count = try? await fetch(room, from: catalog.nextOrder())
                // It may be waiting for the slots that this fetch had reserved.
                control.processorWake.signal()
                guard count == room else { break }
                if burst + 1 < wakes.count { wakes[burst + 1].signal() }
            }
        }
    }

    /// Gives back what was taken ahead and found no slot in time, until the server takes no more tasks; then whatever waits.
    private func sendLateAway() async {
        let gate = control.gate
        while control.state.isFetching {
            guard let oldest = gate.oldest else {
                await gate.wake.wait()
                continue
            }
            try? await Task.sleep(until: oldest + SlotGate.longestWait, clock: .continuous)
            guard gate.sendAway(waitingSince: .now - SlotGate.longestWait) > 0 else { continue }
            control.changeSlots { $0.tookTooMuch() }
        }
        gate.close()
    }

    /// Takes up to `room` tasks, for which slots are reserved, and starts them.
    ///
    /// - Parameters:
    ///   - room: The reserved slots; none is reserved afterwards.
    ///   - order: In which order the queues are looked at.
    /// - Returns: How many tasks there were.
    /// - Throws: The store's error; then nothing was taken as far as is known.
    private func fetch(_ room: Int, from order: [String]) async throws -> Int {
        let taken: [DequeuedTask]
        do {
            let (queues, rooms) = open(catalog.turns.open(order, at: .now))
            let attempt = catalog.turns.begin(
                from: queues, rooms: rooms, isOnlyQueue: order.count == 1 && queues.count == 1 && rooms.isEmpty,
                limit: room)
            let result = try await broker.dequeue(attempt.plan, worker: identity)
            catalog.turns.note(result, of: attempt)
            taken = result.tasks
        } catch {
            control.fetched(0, of: room)
            throw error
        }
        control.fetched(taken.count, of: room)
        for task in taken {
            watch.wasFruitful(task.run.message.queue)
            guard control.taskArrived() else {
                await runner.giveBack(task)
                continue
            }
            let running = runner.register(task)
            if task.mustRunAlone { lonely.add(running) } else { runner.start(running) }
        }
        // Handlers that end at once have ended before the next fetch, which then finds their slots.
        if !taken.isEmpty { await Task.yield() }
        return taken.count
    }

    /// The queues that are not at their limit here, and how many more tasks each may give.
    private func open(_ order: [String]) -> (queues: [String], rooms: [String: Int]) {
        guard let capacity = configuration.perQueueConcurrency else { return (order, [:]) }
        var rooms: [String: Int] = [:]
        let queues = order.filter { queue in
            guard let most = capacity(queue) else { return true }
            let room = most - control.running.count(in: queue)
            rooms[queue] = room
            return room > 0
        }
        return (queues, rooms)
    }

    /// Waits for a push, a free slot, room in a full queue, a rate's moment or a new status, a while at most.
    ///
    /// A rate's moment that was over at `moment`, when the attempt began, does not count: the queue is full here.
    private func idle(_ order: [String], since moment: ContinuousClock.Instant) async {
        // By name, not by this attempt's order, so that it is always the same few queues that cost a connection.
        watch.arm(open(catalog.turns.watchable(order.sorted().prefix(PendingWatch.mostWaiters).map { $0 })).queues)
        let pause = configuration.pollInterval * Double.random(in: 0.5...1)
        let rated = catalog.turns.nextMoment(after: moment).map { $0 - .now }
        await control.processorWake.wait(atMost: min(pause, rated ?? pause))
    }

    /// Waits after an error; a slot that becomes free does not cut it short, a stop does.
    private func pause(_ duration: Duration) async {
        let end = ContinuousClock.now + duration
        while control.state.isFetching, ContinuousClock.now < end {
            await control.processorWake.wait(atMost: end - ContinuousClock.now)
        }
    }
}
