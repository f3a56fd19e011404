/// How many archived tasks a queue keeps, and for how long; every worker and tool of ours keeps to it.
///
/// A Go worker or tool knows nothing of it: whenever it archives a task, it keeps the newest 9999 of 90 days.
public struct ArchiveLimits: Sendable, Hashable {
    /// How many tasks stay, the newest; 1 to ``largestCount``.
    public var count: Int
    /// How long a task stays; 1 s to ``longestAge``, in whole seconds (rounded up).
    ///
    /// A task with an ``EnqueueOptions/archiveRetention`` of its own goes after that, if it is shorter.
    public var age: Duration

    /// 9999: asynq's settings say 10,000, of which it keeps one less.
    static let standardCount = 9999
    /// 90 days, as asynq fixes it.
    static let standardSeconds: Int64 = 90 * 86_400
    /// What a queue keeps unless it is told otherwise: the newest 9999 tasks of 90 days, as asynq does.
    public static let standard = Self(count: standardCount, age: .seconds(standardSeconds))
    /// The largest ``count``: 10,000,000; they take some gigabytes of Redis's memory.
    public static let largestCount = 10_000_000
    /// The longest ``age``: 36,500 days.
    public static let longestAge = Duration.seconds(36_500 * 86_400)

    /// Names limits.
    public init(count: Int, age: Duration) {
        self.count = count
        self.age = age
    }

    /// What is wrong with them, as the rest of a sentence; `nil` when they can be set.
    var fault: String? {
        if !(1...Self.largestCount).contains(count) {
            return "the count must be 1 to \(Self.largestCount), not \(count)"
        }
        guard age > .zero, age <= Self.longestAge else { return "the age must be 1 s to 36500 days, not \(age)" }
        return nil
    }
}
