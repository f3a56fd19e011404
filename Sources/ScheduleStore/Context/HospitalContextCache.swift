import ScheduleModel

/// Keeps each hospital's context for a minute, so that a worker loads it once a minute at most (domain 8.1).
///
/// While one caller loads a hospital, others that want it wait for that load instead of making their own.
actor HospitalContextCache {
    /// What a hospital is asked for by.
    enum Key: Hashable {
        case id(Identifier<Hospital>)
        case code(String)
        case version(Identifier<ScheduleVersion>)
    }

    private struct Entry {
        let context: HospitalContext
        let loadedAt: ContinuousClock.Instant
    }

    /// How long a context is good for.
    static let lifetime = Duration.seconds(60)
    /// Far more hospitals than one worker serves; past it everything is loaded anew.
    private static let largestCount = 4096

    private let now: @Sendable () -> ContinuousClock.Instant
    private var entries: [Key: Entry] = [:]
    private var waiters: [Key: [CheckedContinuation<Void, Never>]] = [:]

    init(now: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.now = now
    }

    /// A context from memory, or loaded.
    ///
    /// - Parameters:
    ///   - key: What to look for.
    ///   - load: Loads it; called when there is none younger than ``lifetime`` and nobody else is loading it.
    /// - Returns: The context.
    /// - Throws: What `load` throws; a failure is not kept.
    func context(
        _ key: Key, load: @Sendable () async throws -> HospitalContext
    ) async throws -> HospitalContext {
        while true {
            if let entry = entries[key], entry.loadedAt.duration(to: now()) < Self.lifetime { return entry.context }
            guard waiters[key] != nil else { break }
            await withCheckedContinuation { waiters[key, default: []].append($0) }
        }
        waiters[key] = []
        defer { for waiter in waiters.removeValue(forKey: key) ?? [] { waiter.resume() } }
        let context = try await load()
        if entries.count >= Self.largestCount { entries = [:] }
        let entry = Entry(context: context, loadedAt: now())
        for known in [key, .id(context.id), .code(context.code)] { entries[known] = entry }
        return context
    }
}
