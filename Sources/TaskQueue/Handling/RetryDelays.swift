/// How long one task waits after each of its failures, in place of the worker's ``RetryPolicy``.
///
/// It is stored with the task, and so is no function. Only our workers heed it; a Go worker follows its own rule. What the
/// wire counts in seconds is rounded up to whole ones; a negative wait counts as zero.
public struct RetryDelays: Sendable, Hashable {
    private enum Rule: Hashable {
        case listed([Int64])
        case doubling(first: Int64, most: Int64)
    }

    /// How many waits ``listed(_:)`` takes at most: 100, since they travel with each delivery.
    static let mostListed = 100
    /// A wait is this long at most: 100 years, in seconds.
    private static let longest: Int64 = 3_155_760_000

    private let rule: Rule

    private init(_ rule: Rule) { self.rule = rule }

    /// The same wait after every failure.
    public static func fixed(_ delay: Duration) -> Self { listed([delay]) }

    /// A wait that is twice as long after each further failure.
    ///
    /// - Parameters:
    ///   - first: The wait after the first failure; under 1 s counts as 1 s.
    ///   - most: The longest wait.
    /// - Returns: The delays.
    public static func doubling(from first: Duration, upTo most: Duration) -> Self {
        Self(.doubling(first: max(1, seconds(first)), most: seconds(most)))
    }

    /// One wait after the other, of which the last repeats; 1 to 100 of them, or the task is refused.
    public static func listed(_ delays: [Duration]) -> Self { Self(.listed(delays.map(seconds))) }

    /// Whether a task may be stored with it.
    var isValid: Bool {
        guard case .listed(let delays) = rule else { return true }
        return (1...Self.mostListed).contains(delays.count)
    }

    /// How long to wait after a failure; `retried` is how many retries were done before it, from 0.
    func delay(retried: Int) -> Duration {
        switch rule {
        case .listed(let delays):
            .seconds(delays.isEmpty ? 0 : delays[min(max(0, retried), delays.count - 1)])
        case .doubling(let first, let most):
            // 32 doublings of a second pass the longest wait.
            .seconds(min(most, retried > 32 ? most : first.multipliedSaturating(by: 1 << max(0, retried))))
        }
    }

    private static func seconds(_ delay: Duration) -> Int64 { min(max(0, delay.secondsRoundedUp), longest) }
}

extension RetryDelays {
    /// `l:<s>,<s>,…` or `d:<first s>,<most s>`: as ``StoredOptions`` keeps it.
    var text: String {
        switch rule {
        case .listed(let delays): "l:" + delays.map(String.init).joined(separator: ",")
        case .doubling(let first, let most): "d:\(first),\(most)"
        }
    }

    /// Reads what ``text`` wrote; `nil` for anything else.
    init?(text: Substring) {
        let numbers = text.dropFirst(2).split(separator: ",", omittingEmptySubsequences: false)
        let seconds = numbers.compactMap { Int64($0) }.filter { (0...Self.longest).contains($0) }
        guard seconds.count == numbers.count else { return nil }
        switch text.prefix(2) {
        case "l:": self.init(.listed(seconds))
        case "d:" where seconds.count == 2: self.init(.doubling(first: max(1, seconds[0]), most: seconds[1]))
        default: return nil
        }
        guard isValid else { return nil }
    }
}

extension Int64 {
    fileprivate func multipliedSaturating(by factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}
