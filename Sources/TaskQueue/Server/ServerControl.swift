import ConcurrencySupport

/// One server's state as its components share it: the drain decisions, and who is to be woken when they change.
final class ServerControl: Sendable {
    /// Wakes the processor.
    let processorWake = WakeSignal()
    /// Wakes the heartbeater, so that a new status is published at once.
    let heartbeatWake = WakeSignal()
    /// Wakes what lets a task run alone.
    let aloneWake = WakeSignal()
    /// Wakes whoever waits for the last outcome to be written.
    let drainWake = WakeSignal()
    /// Wakes the further fetches, which run only while tasks abound.
    let burstWakes: [WakeSignal]
    /// Where runs wait for their slots.
    let gate: SlotGate
    /// Opens when a shutdown of either kind was asked for.
    let shutdownRequested = Latch()
    /// Opens when everything is to be given back.
    let abortRequested = Latch()
    /// Opens when runs that do not end are left behind.
    let leftBehind = Latch()
    /// Opens when the server is over.
    let closed = Latch()
    /// The runs of this server.
    let running = RunningTasks()
    private let machine = LockedValue(DrainStateMachine())
    private let ledger: LockedValue<SlotLedger>

    /// Makes the state of a server that was not started.
    init(concurrency: Int, burstCount: Int) {
        ledger = LockedValue(SlotLedger(concurrency: concurrency))
        gate = SlotGate(slots: concurrency)
        burstWakes = (0..<burstCount).map { _ in WakeSignal() }
    }

    /// The drain decisions at this moment.
    var state: DrainStateMachine { machine.withLock { $0 } }
    /// The slots at this moment.
    var slots: SlotLedger { ledger.withLock { $0 } }

    /// Starts; throws ``TaskServerError`` unless the server is new.
    func start() throws(TaskServerError) {
        try machine.withLock { machine throws(TaskServerError) in try machine.start() }
    }

    /// Takes no more tasks from here on.
    func stop() {
        if machine.withLock({ $0.stopRequested() }) { wakeAll() }
    }

    /// Winds down: running tasks may end by themselves.
    func shutdown() {
        if machine.withLock({ $0.shutdownRequested() }) { requested() }
    }

    /// Winds down at once: running tasks are cancelled and given back.
    func abort() {
        guard machine.withLock({ $0.abortRequested() }) else { return }
        abortRequested.open()
        for task in running.all { task.interrupt(.shutdown) }
        requested()
    }

    /// Takes slots for a fetch; ``fetched(_:of:)`` must follow unless it is 0.
    ///
    /// - Parameters:
    ///   - limit: How many the fetch can fill.
    ///   - least: With fewer free slots than this the fetch is not worth its while.
    /// - Returns: How many it may ask for.
    func reserve(upTo limit: Int, atLeast least: Int) -> Int {
        ledger.withLock { $0.free >= least ? $0.reserve(upTo: limit) : 0 }
    }

    /// A fetch brought tasks, or none; whoever fetches sees to the slots that are left.
    func fetched(_ count: Int, of reservation: Int) {
        let mayRunAlone = ledger.withLock { ledger in
            ledger.fetched(count, of: reservation)
            return ledger.mayRunAlone
        }
        if mayRunAlone { aloneWake.signal() }
    }

    /// Whether a function of the user's may run without a slot; the ledger must be told of its end.
    func beginAside() -> Bool { ledger.withLock { $0.beginAside() } }

    /// Changes the slots and wakes whoever may go on because of it.
    func changeSlots(_ change: @Sendable (inout SlotLedger) -> Void) {
        let (isFree, mayRunAlone, isDrained) = ledger.withLock { ledger in
            change(&ledger)
            return (ledger.free > 0, ledger.mayRunAlone, ledger.unwritten == 0)
        }
        if isFree { processorWake.signal() }
        if mayRunAlone { aloneWake.signal() }
        if isDrained { drainWake.signal() }
    }

    /// Whether a task that was just taken is to be run; otherwise it must be given back.
    func taskArrived() -> Bool {
        machine.withLock { $0.taskArrived() }
    }

    /// A task's outcome is written or given up, and it is forgotten here.
    func taskEnded(_ task: RunningTask, wasAlone: Bool) {
        running.remove(task)
        machine.withLock { $0.taskEnded() }
        changeSlots { $0.outcomeWritten(wasAlone: wasAlone) }
    }

    /// Waits until every outcome is written or given up, or what has not ended is left behind.
    func waitForLastOutcome() async {
        while slots.unwritten > 0, !leftBehind.isOpen { await drainWake.wait() }
    }

    /// Leaves what has not ended behind.
    func leaveBehind() {
        leftBehind.open()
        drainWake.signal()
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
        for wake in [processorWake, heartbeatWake, aloneWake, drainWake, gate.wake] + burstWakes { wake.signal() }
    }
}
