/// What a leader knows of one entry's ticks, Unix seconds, in its present term.
///
/// Pure.
struct EntryTicks: Sendable {
    /// Up to where all ticks have been looked at.
    private(set) var last: Int64
    /// Ticks that the fleet claimed and that are not settled.
    private(set) var open: Set<Int64>
    /// The open ones that this process is enqueuing at present.
    private(set) var running: Set<Int64> = []

    init(_ stored: StoredTicks) {
        last = stored.last
        open = stored.open
    }

    /// Claimed, and not being enqueued: left over from another leader or from a try that failed.
    var waiting: Set<Int64> { open.subtracting(running) }

    /// All ticks up to there have been looked at.
    mutating func lookedAt(through tick: Int64) { last = max(last, tick) }

    /// The tick is being enqueued by this process.
    mutating func begin(_ tick: Int64) {
        open.insert(tick)
        running.insert(tick)
    }

    /// A try ended; a tick that is not settled waits for the next one.
    mutating func end(_ tick: Int64, isSettled: Bool) {
        running.remove(tick)
        if isSettled { open.remove(tick) }
    }
}
