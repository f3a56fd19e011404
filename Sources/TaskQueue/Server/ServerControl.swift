import ConcurrencySupport

/// One server's state as its components share it: the drain decisions, and who is to be woken when they change.
final class ServerControl: Sendable {
    /// Wakes the processor.
    let processorWake = WakeSignal()
    /// Wakes the heartbeater, so that a new status is published at once.
    let heartbeatWake = WakeSignal()
    /// Opens when a shutdown of either kind was asked for.
    let shutdownRequested = Latch()
    /// Opens when everything is to be given back.
    let abortRequested = Latch()
    /// Opens when the server is over.
    let closed = Latch()
    /// The runs of this server.
    let running = RunningTasks()
    private let machine = LockedValue(DrainStateMachine())

    /// The drain decisions at this moment.
    var state: DrainStateMachine { machine.withLock { $0 } }

    /// Starts; throws ``TaskServerError`` unless the server is new.
    func start() throws(TaskServerError) {
        try machine.withLock { machine throws(TaskServerError) in try machine.start() }
    }

    /// Takes no more tasks from here on.
    func stop() {
        if machine.withLock({ $0.stopRequested() }) == .stopFetching { wakeAll() }
    }

    /// Winds down: running tasks may end by themselves.
    func shutdown() {
        if machine.withLock({ $0.shutdownRequested() }) != .none { requested() }
    }

    /// Winds down at once: running tasks are cancelled and given back.
    func abort() {
        guard machine.withLock({ $0.abortRequested() }) != .none else { return }
        abortRequested.open()
        for task in running.all { task.interrupt(.shutdown) }
        requested()
    }

    /// Whether a task that was just taken is to be run; otherwise it must be given back.
    func taskArrived() -> Bool {
        machine.withLock { $0.taskArrived() } == .startTask
    }

    /// A task's outcome is written and its slot is free.
    func taskEnded() {
        _ = machine.withLock { $0.taskEnded() }
        processorWake.signal()
    }

    /// Everything is cleaned up.
    func finish() {
        machine.withLock { $0.finished() }
        closed.open()
    }

    private func requested() {
        if state.phase == .closed { closed.open() }
        shutdownRequested.open()
        wakeAll()
    }

    private func wakeAll() {
        processorWake.signal()
        heartbeatWake.signal()
    }
}
