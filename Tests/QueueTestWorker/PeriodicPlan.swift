import TaskQueue

/// A periodic task of the fault test; its tasks carry its id as their origin.
package struct PeriodicPlan: Sendable, Hashable {
    /// The entry's id, without spaces, commas and semicolons.
    package let id: String
    /// It runs at each multiple of this many seconds since 1970.
    package let everySeconds: Int64
    /// Whether one run stands for those that were missed; else they are lost.
    package var runsOnce = false
    /// Whether each run's task has an id made of the entry's and the tick.
    package var hasTaskIDPerTick = false

    /// Describes an entry.
    package init(id: String, everySeconds: Int64, runsOnce: Bool = false, hasTaskIDPerTick: Bool = false) {
        self.id = id
        self.everySeconds = everySeconds
        self.runsOnce = runsOnce
        self.hasTaskIDPerTick = hasTaskIDPerTick
    }

    /// Under which name the queue remembers its ticks: with a task id per tick all fleets count as one.
    package var scope: String {
        hasTaskIDPerTick ? id : "\(PeriodicSchedulerConfiguration.defaultFleet):\(id)"
    }
}

/// The periodic tasks of a worker's scheduler, one of a fleet; it has none without entries.
package struct PeriodicPlans: Sendable, Hashable, CustomStringConvertible {
    /// How late a tick may be without falling to its entry's policy.
    package var toleranceSeconds: Int64
    /// The entries, the same in each worker.
    package var entries: [PeriodicPlan]

    /// Names the entries; 60 s is the product's own tolerance.
    package init(toleranceSeconds: Int64 = 60, entries: [PeriodicPlan] = []) {
        self.toleranceSeconds = toleranceSeconds
        self.entries = entries
    }

    /// Reads what ``description`` wrote; `nil` for any other text.
    init?(_ text: String) {
        let parts = text.split(separator: ";")
        guard let first = parts.first, let tolerance = Int64(first) else { return nil }
        let entries = parts.dropFirst().compactMap { part -> PeriodicPlan? in
            let words = part.split(separator: ",")
            guard words.count == 4, let seconds = Int64(words[1]) else { return nil }
            return PeriodicPlan(
                id: String(words[0]), everySeconds: seconds, runsOnce: words[2] == "once",
                hasTaskIDPerTick: words[3] == "id")
        }
        guard entries.count == parts.count - 1 else { return nil }
        self.init(toleranceSeconds: tolerance, entries: entries)
    }

    /// Tolerance and entries, as on the command line.
    package var description: String {
        let parts = entries.map {
            "\($0.id),\($0.everySeconds),\($0.runsOnce ? "once" : "skip"),\($0.hasTaskIDPerTick ? "id" : "-")"
        }
        return ([String(toleranceSeconds)] + parts).joined(separator: ";")
    }
}
