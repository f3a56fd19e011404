import Foundation

/// A fleet of schedulers: who leads it, and the ticks of its entries.
///
/// The rules are those of `BrokerScripts+Leading.swift`.
struct MemoryFleet: Sendable {
    private struct Leader: Sendable {
        let leadership: Leadership
        var end: ContinuousClock.Instant
    }

    private struct Entry: Sendable {
        var last: Int64
        var spec: String
        /// Claimed ticks that are not settled.
        var open: Set<Int64>
        /// When it is forgotten.
        var end: Date
    }

    private var leader: Leader?
    private var lastTerm: Int64 = 0
    private var lastLeader: String?
    private var entries: [String: Entry] = [:]

    /// Elects a scheduler, or renews its term.
    mutating func elect(
        _ schedulerID: String, fleet: String, life: Duration, above floor: Int64, uptime: ContinuousClock.Instant
    ) -> ElectionOutcome {
        if let present = present(at: uptime) {
            guard present.schedulerID == schedulerID else { return .follows }
            leader?.end = uptime + life
            return .leads(present, predecessor: nil)
        }
        let predecessor = lastLeader
        (lastTerm, lastLeader) = (max(lastTerm, floor) + 1, schedulerID)
        let leadership = Leadership(fleet: fleet, schedulerID: schedulerID, term: lastTerm)
        leader = Leader(leadership: leadership, end: uptime + life)
        return .leads(leadership, predecessor: predecessor)
    }

    /// Gives the lead back if the scheduler still has it.
    mutating func resign(_ leadership: Leadership, uptime: ContinuousClock.Instant) {
        if present(at: uptime) == leadership { leader = nil }
    }

    /// Reads an entry's ticks, and begins the entry if it is new; `nil` when the scheduler leads no more.
    mutating func adopt(
        _ id: String, spec: String, baseline: Int64, life: Duration, for leadership: Leadership, at now: Date,
        uptime: ContinuousClock.Instant
    ) -> StoredTicks? {
        guard present(at: uptime) == leadership else { return nil }
        let seconds = UnixTime.seconds(now)
        let highest = seconds + RedisBroker.longestLead
        let known = entry(id, at: now)
        var last = known?.last
        // What is far ahead is a wrong clock's.
        if let claimed = last, claimed > highest { last = seconds }
        let begins = known?.spec != spec
        let start = begins ? max(last ?? 0, baseline) : last ?? max(0, baseline)
        let open: Set<Int64> = known?.open.filter { $0 <= highest } ?? []
        entries[id] = Entry(last: start, spec: spec, open: open, end: now + Double(life.secondsRoundedUp))
        return StoredTicks(last: start, open: open)
    }

    /// Claims a tick if the scheduler still leads.
    mutating func claim(
        _ tick: Int64, of id: String, life: Duration, for leadership: Leadership, at now: Date,
        uptime: ContinuousClock.Instant
    ) -> TickClaim {
        guard present(at: uptime) == leadership else { return .notLeader }
        var entry = entry(id, at: now) ?? Entry(last: tick - 1, spec: "", open: [], end: now)
        if entry.last >= tick, entry.last - tick <= RedisBroker.longestLead {
            return entry.open.contains(tick) ? .claimed : .taken
        }
        entry.last = tick
        entry.open.insert(tick)
        entry.end = now + Double(life.secondsRoundedUp)
        entries[id] = entry
        return .claimed
    }

    /// Notes that open ticks need nothing more.
    mutating func settle(_ ticks: [Int64], of id: String) {
        entries[id]?.open.subtract(ticks)
    }

    private func present(at uptime: ContinuousClock.Instant) -> Leadership? {
        leader.flatMap { $0.end > uptime ? $0.leadership : nil }
    }

    private func entry(_ id: String, at now: Date) -> Entry? {
        entries[id].flatMap { $0.end > now ? $0 : nil }
    }
}
