import Foundation
import ScheduleTasks
import TaskQueue

/// How long a workbook's bytes must stay in Redis (interfaces.md section 4).
enum BlobLifetime {
    /// How much longer than the last try.
    static let margin = Duration.seconds(24 * 3600)
    /// The most that jitter adds to a retry's delay (domain 2: ± 20 %).
    private static let jitter = 1.2

    /// The latest moment at which a task may need its bytes, and a day.
    ///
    /// - Parameters:
    ///   - options: How the task is enqueued.
    ///   - now: The producer's clock.
    /// - Returns: The wait for the first try, all tries at their time limit, all delays between them, and the margin.
    static func of(_ options: EnqueueOptions, now: Date) -> Duration {
        let wait = options.processIn ?? options.processAt.map { .seconds(max(0, $0.timeIntervalSince(now))) } ?? .zero
        let tries = (options.timeout ?? EnqueueOptions.defaultTimeout) * (options.maxRetry + 1)
        let delays = (0..<max(0, options.maxRetry)).reduce(Duration.zero) { sum, retried in
            sum + ScheduleTaskType.retryDelay(retried: retried) * Self.jitter
        }
        return wait + tries + delays + margin
    }
}
