/// The lead of a fleet of schedulers for one term.
package struct Leadership: Sendable, Hashable {
    /// The fleet's name.
    package let fleet: String
    /// Who leads: `<host>:<pid>:<uuid>`, new at each start.
    package let schedulerID: String
    /// The fencing token: above the term of each earlier leader.
    package let term: Int64

    /// Names a term.
    package init(fleet: String, schedulerID: String, term: Int64) {
        self.fleet = fleet
        self.schedulerID = schedulerID
        self.term = term
    }

    /// What the leader's key holds.
    var token: String { "\(term) \(schedulerID)" }
}

/// What came of standing for election.
package enum ElectionOutcome: Sendable, Equatable {
    /// The scheduler leads, as it did before or since just now.
    ///
    /// `predecessor` is who led before a new term; `nil` when there was none, or when the term is not new.
    case leads(Leadership, predecessor: String?)
    /// Another scheduler leads.
    case follows
}

/// What a fleet knows of an entry's ticks, Unix seconds.
package struct StoredTicks: Sendable, Equatable {
    /// The last one that was claimed, or where the entry began.
    package let last: Int64
    /// Those that were claimed and, as far as is known, not enqueued.
    package let open: Set<Int64>

    /// Describes what is stored.
    package init(last: Int64, open: Set<Int64>) {
        self.last = last
        self.open = open
    }
}

/// What came of claiming a tick.
package enum TickClaim: Sendable, Equatable {
    /// It is the caller's to enqueue.
    case claimed
    /// It, or a later one, was claimed before.
    case taken
    /// The caller leads no more.
    case notLeader
}

/// What came of creating a tick's task.
package enum TickOutcome: Sendable, Equatable {
    /// The tick had its one try.
    case tried(CreateOutcome)
    /// It had had it before.
    case enqueuedBefore
    /// A later leader has been at the queue; nothing was changed.
    case staleTerm
}

/// One tick as a queue checks it.
package struct FencedTick: Sendable, Hashable {
    /// Unix seconds.
    package let tick: Int64
    /// Whose tick it is: the entry's id, and before it the fleet's name unless all fleets count as one.
    package let scope: String
    /// How long the queue remembers it.
    package let life: Duration
    /// The term to be checked; `nil` for a scheduler without a fleet.
    package let leadership: Leadership?

    /// Names a tick.
    package init(tick: Int64, scope: String, life: Duration, leadership: Leadership?) {
        self.tick = tick
        self.scope = scope
        self.life = life
        self.leadership = leadership
    }
}
