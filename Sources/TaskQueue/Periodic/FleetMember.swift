import ConcurrencySupport
import Foundation
import Logging

/// A scheduler's part in its fleet: it stands for election, and while it leads it claims each tick of its entries.
///
/// What it believes of its own lead decides only whether it tries: the store checks the term at each claim, and the queue at
/// each creation. ``stand()`` and ``claimDue(of:)`` may be called at the same time, each by one task.
final class FleetMember: Sendable {
    /// A claimed tick of an entry.
    struct Claim: Sendable {
        let entry: PeriodicTaskTable.Entry
        /// Unix seconds.
        let tick: Int64
        let leadership: Leadership
    }

    private struct State {
        var leadership: Leadership?
        /// What the next new term must be above.
        var floor: Int64 = 0
        /// The queues that know the present term.
        var fenced: Set<String> = []
        var entries: [String: EntryTicks] = [:]
        /// Whether it stands for election no more.
        var isRetired = false
        /// Whether ``stand()`` last told that it leads; it may have found out otherwise since.
        var hasToldOfLead = false
    }

    private let schedulerID: String
    private let broker: any Broker
    private let configuration: PeriodicSchedulerConfiguration
    private let clock: PeriodicClock
    private let logger: Logger
    private let limiter = LogLimiter()
    private let state = LockedValue(State())

    init(
        schedulerID: String, broker: any Broker, configuration: PeriodicSchedulerConfiguration, clock: PeriodicClock,
        logger: Logger
    ) {
        self.schedulerID = schedulerID
        self.broker = broker
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
    }

    /// The term that this scheduler believes to have.
    var leadership: Leadership? { state.withLock { $0.leadership } }

    /// How often ``stand()`` is to be called: three times a term.
    var interval: Duration { configuration.leaderTerm / 3 }

    /// Stands for election, or renews the term, and takes back what an earlier leader announced.
    ///
    /// - Returns: Whether it leads now and did not before, or the other way round.
    func stand() async -> Bool {
        let (before, floor) = state.withLock { ($0.leadership, $0.floor) }
        do {
            let outcome = try await broker.standForElection(
                schedulerID: schedulerID, fleet: configuration.fleet, life: configuration.leaderTerm, above: floor)
            guard case .leads(let leadership, let predecessor) = outcome else {
                stepDown()
                return state.withLock { state in
                    defer { state.hasToldOfLead = false }
                    return state.hasToldOfLead
                }
            }
            guard leadership != state.withLock({ $0.leadership }) else { return false }
            let isRetired = state.withLock { state in
                if !state.isRetired { state = State(leadership: leadership, floor: state.floor, hasToldOfLead: true) }
                return state.isRetired
            }
            guard !isRetired else {
                try await broker.resign(leadership)
                return false
            }
            logger.info(
                "the scheduler leads its fleet",
                metadata: [
                    "scheduler-id": "\(schedulerID)", "fleet": "\(leadership.fleet)", "term": "\(leadership.term)",
                ])
            if let predecessor, predecessor != schedulerID {
                try await broker.clearSchedulerEntries(schedulerID: predecessor)
            }
            return true
        } catch {
            report("standing for election failed", error)
            return before != leadership
        }
    }

    /// Gives the lead back for good, so that another scheduler need not wait for the term's end.
    ///
    /// What is still being enqueued falls to the next leader unless it comes first.
    func resign() async {
        let leadership = self.leadership
        stepDown()
        state.withLock { $0.isRetired = true }
        guard let leadership else { return }
        do { try await broker.resign(leadership) } catch {
            report("the lead was not given back and will expire", error)
        }
    }

    /// Claims what is due or was missed, oldest first of each entry; nothing unless the scheduler leads.
    ///
    /// An entry that the store does not answer for is tried again at the next call.
    func claimDue(of entries: [PeriodicTaskTable.Entry]) async -> [Claim] {
        guard let leadership else { return [] }
        let ids = Set(entries.map(\.id))
        state.withLock { state in state.entries = state.entries.filter { ids.contains($0.key) } }
        var claims: [Claim] = []
        for entry in entries {
            do {
                guard try await adopt(entry, leadership), try await claim(entry, leadership, into: &claims) else {
                    stepDown(from: leadership)
                    break
                }
            } catch {
                report("the ticks of a periodic task were not claimed", error, entry: entry.id)
            }
        }
        return claims
    }

    /// A try to enqueue a claimed tick ended; unless it is settled the tick waits for the next ``claimDue(of:)``.
    func end(_ claim: Claim, isSettled: Bool) async {
        if isSettled {
            await settle([claim.tick], of: claim.entry.id, in: claim.leadership)
        }
        state.withLock { state in
            guard state.leadership == claim.leadership else { return }
            state.entries[claim.entry.id]?.end(claim.tick, isSettled: isSettled)
        }
    }

    /// The scheduler leads no more if that was its term.
    func stepDown(from leadership: Leadership) {
        if self.leadership == leadership { stepDown() }
    }

    private func stepDown() {
        let led = state.withLock { state in
            defer {
                state = State(floor: state.floor, isRetired: state.isRetired, hasToldOfLead: state.hasToldOfLead)
            }
            return state.leadership
        }
        guard let led else { return }
        logger.info(
            "the scheduler leads its fleet no more",
            metadata: ["scheduler-id": "\(schedulerID)", "fleet": "\(led.fleet)", "term": "\(led.term)"])
    }

    /// Learns what the fleet knows of an entry, and has its queue refuse earlier leaders; says no if the term is over.
    private func adopt(_ entry: PeriodicTaskTable.Entry, _ leadership: Leadership) async throws -> Bool {
        guard state.withLock({ $0.entries[entry.id] }) == nil else { return true }
        let queue = entry.options.queue
        if !state.withLock({ $0.fenced.contains(queue) }) {
            let highest = try await broker.fence(queue: queue, for: leadership)
            guard highest <= leadership.term else {
                // The store has lost the terms: the next one must be above what the queue has seen.
                state.withLock { $0.floor = max($0.floor, highest) }
                try await broker.resign(leadership)
                return false
            }
            state.withLock { _ = $0.fenced.insert(queue) }
        }
        let stored = try await broker.adoptTicks(
            ofEntry: entry.id, spec: entry.schedule.spec, baseline: UnixTime.seconds(entry.since), life: entry.tickLife,
            for: leadership)
        guard let stored else { return false }
        return state.withLock { state in
            guard state.leadership == leadership else { return false }
            state.entries[entry.id] = EntryTicks(stored)
            return true
        }
    }

    /// Claims an entry's ticks; says no if the term is over.
    private func claim(
        _ entry: PeriodicTaskTable.Entry, _ leadership: Leadership, into claims: inout [Claim]
    ) async throws -> Bool {
        guard let ticks = state.withLock({ $0.entries[entry.id] }) else { return false }
        let now = UnixTime.seconds(clock.now())
        let plan = TickPlan(
            entry.schedule, entry.misfirePolicy, after: ticks.last, open: ticks.waiting, now: now,
            tolerance: configuration.misfireTolerance.secondsRoundedUp)
        for tick in plan.runs {
            if !ticks.waiting.contains(tick) {
                switch try await broker.claimTick(tick, ofEntry: entry.id, life: entry.tickLife, for: leadership) {
                case .notLeader: return false
                case .taken: continue
                case .claimed: break
                }
            }
            guard change(entry, leadership, { $0.begin(tick) }) else { return false }
            _ = change(entry, leadership) { $0.lookedAt(through: tick) }
            claims.append(Claim(entry: entry, tick: tick, leadership: leadership))
        }
        if !plan.dropped.isEmpty {
            await settle(plan.dropped, of: entry.id, in: leadership)
            _ = change(entry, leadership) { ticks in plan.dropped.forEach { ticks.end($0, isSettled: true) } }
        }
        return change(entry, leadership) { $0.lookedAt(through: now) }
    }

    private func change(
        _ entry: PeriodicTaskTable.Entry, _ leadership: Leadership, _ body: (inout EntryTicks) -> Void
    ) -> Bool {
        state.withLock { state in
            guard state.leadership == leadership, var ticks = state.entries[entry.id] else { return false }
            body(&ticks)
            state.entries[entry.id] = ticks
            return true
        }
    }

    /// What is not noted is found open by the next leader, and its queue then knows that it had its task.
    private func settle(_ ticks: [Int64], of id: String, in leadership: Leadership) async {
        do { try await broker.settleTicks(ticks, ofEntry: id, fleet: leadership.fleet) } catch {
            report("ticks that are settled stay open in the store", error, entry: id)
        }
    }

    private func report(_ message: Logger.Message, _ error: any Error, entry id: String? = nil) {
        guard !Task.isCancelled else { return }
        limiter.run {
            var metadata: Logger.Metadata = ["scheduler-id": "\(schedulerID)", "error": "\(error)"]
            if let id { metadata["entry-id"] = "\(id)" }
            logger.warning(message, metadata: metadata)
        }
    }
}
