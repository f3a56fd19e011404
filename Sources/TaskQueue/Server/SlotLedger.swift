/// Who may run: how many slots are free, and when a task that must run alone has its turn.
///
/// Pure. A slot is taken from the moment a fetch asks for it until its handler has returned; what is written afterwards
/// holds no slot, but no more than four times the concurrency may be unwritten, so that a slow store holds up the fetches
/// too (twice is too few to bridge 1 ms of network: 17,000 tasks a second at concurrency 50 instead of 20,000).
///
/// While handlers end at once, slots that are taken now are free again before a fetch has its answer. Then as many tasks again
/// may be taken ahead; their runs wait for their slots at the ``SlotGate``.
struct SlotLedger: Sendable, Equatable {
    /// A handler that holds its slot for less than this ended at once.
    static let quickDuration = Duration.milliseconds(1)
    /// So many handlers in a row that ended at once let tasks be taken ahead.
    static let enoughQuick = 64

    /// How many handlers may run.
    let concurrency: Int
    /// Handlers that run or wait for their slot, tasks that wait to run alone included.
    private(set) var taken = 0
    /// Slots that fetches under way may fill.
    private(set) var reserved = 0
    /// Tasks whose outcome is not written, those in ``taken`` included.
    private(set) var unwritten = 0
    /// Tasks that wait to run alone.
    private(set) var aloneWaiting = 0
    /// Whether one of them runs.
    private(set) var isAloneRunning = false
    /// Functions of the user's that run without a slot.
    private(set) var aside = 0
    /// How many handlers in a row ended at once, counted as far as it matters.
    private var quickInARow = 0

    /// Makes a ledger of free slots; under 1 counts as 1.
    init(concurrency: Int) { self.concurrency = max(1, concurrency) }

    /// How many tasks may be fetched now; none while a task waits to run alone or does.
    var free: Int {
        guard !isForOneAlone else { return 0 }
        let most = quickInARow == Self.enoughQuick ? 2 * concurrency : concurrency
        return max(0, min(most - taken - reserved, 4 * concurrency - unwritten - reserved))
    }

    /// Whether the first task that waits to run alone is the only one of this process, with nothing on its way.
    var mayRunAlone: Bool {
        aloneWaiting > 0 && !isAloneRunning && reserved == 0 && aside == 0
            && taken == aloneWaiting && unwritten == aloneWaiting
    }

    /// Whether a task waits to run alone, or does.
    private var isForOneAlone: Bool { aloneWaiting > 0 || isAloneRunning }

    /// A function of the user's wants to run without a slot; ``endedAside()`` follows if it may.
    ///
    /// - Returns: Whether it may.
    mutating func beginAside() -> Bool {
        guard !isForOneAlone else { return false }
        aside += 1
        return true
    }

    /// The function has returned.
    mutating func endedAside() { aside -= 1 }

    /// A fetch is about to ask for tasks.
    ///
    /// - Parameter limit: How many it can ask for.
    /// - Returns: How many it may ask for; ``fetched(_:of:)`` must follow unless it is 0.
    mutating func reserve(upTo limit: Int) -> Int {
        let count = min(free, limit)
        reserved += count
        return count
    }

    /// A fetch of `reservation` slots brought `count` tasks.
    mutating func fetched(_ count: Int, of reservation: Int) {
        reserved -= reservation
        taken += count
        unwritten += count
    }

    /// One of the fetched tasks must run alone.
    mutating func mustWaitToRunAlone() { aloneWaiting += 1 }

    /// The first that waited runs.
    mutating func beganAlone() {
        aloneWaiting -= 1
        isAloneRunning = true
    }

    /// One that waited is given up without a run; ``handlerReturned()`` and ``outcomeWritten(wasAlone:)`` follow.
    mutating func gaveUpWaiting() { aloneWaiting -= 1 }

    /// A handler has returned and its slot is free.
    mutating func handlerReturned() { taken -= 1 }

    /// A slot was held for so long.
    mutating func slotHeld(for duration: Duration) {
        quickInARow = duration < Self.quickDuration ? min(quickInARow + 1, Self.enoughQuick) : 0
    }

    /// Tasks that were taken ahead found no slot in time.
    mutating func tookTooMuch() { quickInARow = 0 }

    /// A task's outcome is written, or given up.
    mutating func outcomeWritten(wasAlone: Bool) {
        unwritten -= 1
        if wasAlone { isAloneRunning = false }
    }
}
