import Foundation

/// The latest ticks of an entry that have had their task in a queue, Unix seconds.
struct MemoryTicks: Sendable {
    var tried: Set<Int64> = []
    /// When they are forgotten.
    var end: Date
}

/// The highest term of a fleet that a queue has seen.
struct MemoryTerm: Sendable {
    let term: Int64
    /// When it is forgotten.
    let end: Date
}

extension MemoryQueue {
    private func term(ofFleet fleet: String, at now: Date) -> Int64? {
        terms[fleet].flatMap { $0.end > now ? $0.term : nil }
    }

    private mutating func note(_ leadership: Leadership, at now: Date) {
        terms[leadership.fleet] = MemoryTerm(
            term: leadership.term, end: now + Double(RedisBroker.fenceSeconds))
    }

    /// Makes the queue refuse the ticks of earlier leaders, and says the highest term that it has seen.
    mutating func fence(for leadership: Leadership, at now: Date) -> Int64 {
        if let seen = term(ofFleet: leadership.fleet, at: now), seen > leadership.term { return seen }
        note(leadership, at: now)
        return leadership.term
    }

    /// Creates a tick's task once.
    mutating func create(_ creation: TaskCreation, of tick: FencedTick, at now: Date) throws(WireError) -> TickOutcome {
        if let leadership = tick.leadership, let seen = term(ofFleet: leadership.fleet, at: now),
            seen > leadership.term
        {
            return .staleTerm
        }
        ticks = ticks.filter { $0.value.end > now }
        if ticks[tick.scope]?.tried.contains(tick.tick) == true { return .enqueuedBefore }
        let outcome: CreateOutcome = try create(creation, at: now)
        var known: Set<Int64> = ticks[tick.scope]?.tried.filter { $0 > tick.tick - RedisBroker.tickMemory } ?? []
        known.insert(tick.tick)
        ticks[tick.scope] = MemoryTicks(tried: known, end: now + Double(tick.life.secondsRoundedUp))
        if let leadership = tick.leadership { note(leadership, at: now) }
        return .tried(outcome)
    }
}
