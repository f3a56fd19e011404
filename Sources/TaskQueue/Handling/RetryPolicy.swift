/// How long a failed task waits for its next try.
public struct RetryPolicy: Sendable {
    private let body: @Sendable (Int, QueueTask, any Error) -> Duration

    /// Makes a policy from a function of the retries done before this failure, the task and the error.
    ///
    /// The error is the one that was thrown; ``ErrorChain`` finds what that wraps.
    public init(_ body: @escaping @Sendable (_ retried: Int, _ task: QueueTask, _ error: any Error) -> Duration) {
        self.body = body
    }

    /// How long to wait after a failure.
    ///
    /// - Parameters:
    ///   - retried: Retries done before this failure, from 0.
    ///   - task: The failed task.
    ///   - error: What it failed with.
    /// - Returns: The wait; a negative one counts as zero.
    public func delay(retried: Int, task: QueueTask, error: any Error) -> Duration {
        max(.zero, body(retried, task, error))
    }

    /// A policy a task type: the one whose name is the longest prefix of the type, as ``ServeMux`` chooses handlers.
    ///
    /// - Parameters:
    ///   - policies: Policies by type, or by how types begin.
    ///   - otherwise: The policy of all other types.
    /// - Returns: The policy that chooses.
    public static func byType(_ policies: [String: RetryPolicy], otherwise: RetryPolicy = .asynq) -> RetryPolicy {
        RetryPolicy { retried, task, error in
            let longest = policies.keys.filter { task.type.hasPrefix($0) }.max { $0.utf8.count < $1.utf8.count }
            let policy = longest.flatMap { policies[$0] } ?? otherwise
            return policy.delay(retried: retried, task: task, error: error)
        }
    }

    /// asynq's: n⁴ + 15 + random(0…29) × (n + 1) seconds, n being the retries done before.
    public static let asynq = RetryPolicy { retried, _, _ in
        asynqDelay(retried: retried, random: .random(in: 0...29))
    }

    /// The formula behind ``asynq`` with the random number given.
    static func asynqDelay(retried: Int, random: Int) -> Duration {
        let n = min(max(0, retried), largestRetried)
        return .seconds(n * n * n * n + 15 + random * (n + 1))
    }

    /// Beyond this many retries the wait grows no more (about 32 years); it keeps the fourth power in range.
    private static let largestRetried = 178
}
