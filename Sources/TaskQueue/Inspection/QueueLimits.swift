/// What a whole fleet may do with one queue; every worker of ours keeps to it, a Go worker does not.
public struct QueueLimits: Sendable, Hashable {
    /// How many tasks run at once at most, on all workers together; `nil` is no limit.
    public var concurrency: Int?
    /// How fast tasks are taken; `nil` is no limit.
    public var rate: RateLimit?

    /// The largest ``concurrency``: 1,000,000,000, far beyond any fleet.
    public static let largestConcurrency = 1_000_000_000

    /// Names the limits; both are off unless given.
    public init(concurrency: Int? = nil, rate: RateLimit? = nil) {
        self.concurrency = concurrency
        self.rate = rate
    }
}

/// How many tasks of a queue are taken in a span of time, on all workers together, by Redis's clock.
///
/// Tasks are counted as they are taken: a retry counts again. Over any span the count is at most what the rate gives in
/// it plus ``burst``.
public struct RateLimit: Sendable, Hashable {
    /// How many tasks; 1 to ``largestCount``.
    public var tasks: Int
    /// In which span; 1 ms to 366 days, in whole milliseconds (rounded up).
    public var span: Duration
    /// How many may be taken at once after a pause; 1 to ``largestCount``, and 1 spaces all tasks evenly.
    public var burst: Int

    /// The largest ``tasks`` and ``burst``: 1,000,000.
    public static let largestCount = 1_000_000
    /// The longest ``span`` in milliseconds: 366 days.
    static let longestMilliseconds: Int64 = 366 * 86_400_000

    /// Names a rate, such as `RateLimit(100, per: .seconds(60))`.
    public init(_ tasks: Int, per span: Duration, burst: Int = 1) {
        self.tasks = tasks
        self.span = span
        self.burst = burst
    }

    /// What is wrong with it, as the rest of a sentence; `nil` when it can be set.
    var fault: String? {
        let counts = 1...Self.largestCount
        if !counts.contains(tasks) { return "its number of tasks must be 1 to \(Self.largestCount), not \(tasks)" }
        if !counts.contains(burst) { return "its burst must be 1 to \(Self.largestCount), not \(burst)" }
        guard span > .zero, span <= .milliseconds(Self.longestMilliseconds) else {
            return "its span must be 1 ms to 366 days, not \(span)"
        }
        return nil
    }

    /// `<tasks>|<milliseconds>|<burst>`, as it is stored.
    var text: String { "\(tasks)|\(span.milliseconds)|\(burst)" }

    /// Reads ``text``; `nil` when it is no rate that could have been set.
    init?(text: String) {
        let parts = text.split(separator: "|", omittingEmptySubsequences: false).map(QueueLimits.whole)
        guard parts.count == 3, let tasks = parts[0], let milliseconds = parts[1], let burst = parts[2],
            milliseconds <= Self.longestMilliseconds
        else { return nil }
        self.init(tasks, per: .milliseconds(milliseconds), burst: burst)
        guard fault == nil else { return nil }
    }
}

extension QueueLimits {
    /// A number of decimal digits only, as the dequeue script reads it.
    static func whole(_ text: some StringProtocol) -> Int? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    }
}
