import Foundation

/// The periodic tasks of one scheduler and when each is due.
///
/// Pure decisions, no I/O.
struct PeriodicTaskTable: Sendable {
    /// A registered periodic task.
    struct Entry: Sendable {
        let id: String
        /// Whether the id is a new one at each registration, so that nobody will look for its history later.
        let isFresh: Bool
        let schedule: CronSchedule
        let task: QueueTask
        let options: EnqueueOptions
        let misfirePolicy: MisfirePolicy
        /// Whether each run's task has an id made of the entry's id and the tick.
        let hasTaskIDPerTick: Bool
        /// From when on it runs: its registration, or the scheduler's start if that came later.
        var since: Date
        /// `nil` before the scheduler runs, and when the schedule has no run any more.
        var next: Date?
        /// The moment of the last run; `nil` is never.
        var previous: Date?

        /// How long the store remembers the last tick: 90 days, as it does the history, or 400 where a yearly run may have
        /// been missed that must be made up for.
        var tickLife: Duration { .seconds((misfirePolicy == .runOnce ? 400 : 90) * 86_400) }
    }

    /// An entry with the moment that it was due at.
    struct Due: Sendable {
        let entry: Entry
        let moment: Date
    }

    private(set) var entries: [String: Entry] = [:]
    /// Whether all schedulers of a fleet must agree on the moments of `@every`.
    private let isOfFleet: Bool
    private var isRunning = false

    init(isOfFleet: Bool = false) { self.isOfFleet = isOfFleet }

    /// When the next entry is due.
    var nextDue: Date? { entries.values.compactMap(\.next).min() }

    /// What the scheduler announces, the next to be due first.
    var snapshot: [SchedulerEntry] {
        entries.values.sorted { ($0.next ?? .distantFuture, $0.id) < ($1.next ?? .distantFuture, $1.id) }.map { entry in
            SchedulerEntry(
                id: entry.id, spec: entry.schedule.spec, taskType: entry.task.type,
                taskPayload: entry.task.payload ?? [],
                enqueueOptions: entry.options.notation(headers: entry.task.headers),
                nextEnqueueAt: entry.next ?? WireTimestamp.goZero.date, previousEnqueueAt: entry.previous)
        }
    }

    /// Adds an entry; while the scheduler runs its first run is the schedule's next after `now`.
    ///
    /// - Parameters:
    ///   - schedule: When it runs.
    ///   - task: What it enqueues.
    ///   - options: How.
    ///   - id: How it is named.
    ///   - misfirePolicy: What becomes of runs that were missed.
    ///   - hasTaskIDPerTick: Whether the tick makes each task's id.
    ///   - now: The time.
    /// - Returns: The entry's id.
    /// - Throws: ``PeriodicTaskError`` for a name that is blank or taken.
    mutating func insert(
        _ schedule: CronSchedule, _ task: QueueTask, _ options: EnqueueOptions, id: PeriodicEntryID,
        misfirePolicy: MisfirePolicy = .skip, hasTaskIDPerTick: Bool = false, now: Date
    ) throws(PeriodicTaskError) -> String {
        let name = try self.name(id, schedule, task, options)
        entries[name] = Entry(
            id: name, isFresh: id == .fresh, schedule: schedule, task: task, options: options,
            misfirePolicy: misfirePolicy, hasTaskIDPerTick: hasTaskIDPerTick, since: now,
            next: isRunning ? next(of: schedule, after: now) : nil, previous: nil)
        return name
    }

    /// Removes an entry, and says whether it was there.
    mutating func remove(_ id: String) -> Bool { entries.removeValue(forKey: id) != nil }

    /// The scheduler runs from now on: every entry gets its first due moment.
    mutating func start(at now: Date) {
        isRunning = true
        for (id, entry) in entries {
            let next = next(of: entry.schedule, after: now)
            entries[id]?.next = next
            entries[id]?.since = now
        }
    }

    private func next(of schedule: CronSchedule, after date: Date) -> Date? {
        isOfFleet ? schedule.nextOfFleet(after: date) : schedule.next(after: date)
    }

    /// The entries that are due, each once: the next run of each is the first after `now`, and what lies between is lost.
    mutating func takeDue(at now: Date) -> [Due] {
        var due: [Due] = []
        for (id, entry) in entries {
            guard let moment = entry.next, moment <= now else { continue }
            due.append(Due(entry: entry, moment: moment))
            let next = next(of: entry.schedule, after: now)
            entries[id]?.previous = moment
            entries[id]?.next = next
        }
        return due.sorted { ($0.moment, $0.entry.id) < ($1.moment, $1.entry.id) }
    }

    private func name(
        _ id: PeriodicEntryID, _ schedule: CronSchedule, _ task: QueueTask, _ options: EnqueueOptions
    ) throws(PeriodicTaskError) -> String {
        switch id {
        case .fresh: return UUID().uuidString.lowercased()
        case .fixed(let name):
            guard !name.isBlank else {
                throw PeriodicTaskError(.invalidEntryID, "the entry's id must not be blank")
            }
            guard entries[name] == nil else {
                throw PeriodicTaskError(.entryIDTaken, "an entry with the id \"\(name)\" is registered already")
            }
            return name
        case .derived:
            var ordinal = 0
            while true {
                let name = PeriodicEntryID.derived(
                    spec: schedule.spec, task: task, options: options, ordinal: ordinal)
                if entries[name] == nil { return name }
                ordinal += 1
            }
        }
    }
}
