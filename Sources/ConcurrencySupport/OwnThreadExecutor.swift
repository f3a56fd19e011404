import Dispatch

/// Runs the parts of one task that compute for long on a thread outside Swift's cooperative pool.
///
/// The pool has one thread a core. Work that takes seconds without a pause would keep everything else of the process from
/// running: events, leases, and the news that the work is cancelled. The task stays the same, so its cancellation and its
/// task-local values reach the work.
package final class OwnThreadExecutor: TaskExecutor {
    private let queue: DispatchQueue

    /// Makes an executor whose thread shows up under `label` in a debugger.
    package init(label: String) {
        queue = DispatchQueue(label: label)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Runs work that does not pause, and comes back to where the caller was.
    ///
    /// - Parameters:
    ///   - label: What the thread is called.
    ///   - body: The work.
    /// - Returns: What the work returns.
    /// - Throws: What the work throws.
    package static func run<Result: Sendable>(
        _ label: String, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        let executor = OwnThreadExecutor(label: label)
        return try await withTaskExecutorPreference(executor) { try await leavingTheCaller(body) }
    }

    /// Runs where the task prefers: a function that stays with its caller would not change threads.
    @concurrent private static func leavingTheCaller<Result: Sendable>(
        _ body: @Sendable () throws -> Result
    ) async throws -> Result {
        try body()
    }
}
