import Dispatch
import Foundation
import Postgres
import Synchronization

/// Waits for asynchronous work from inside a synchronous closure of the store, to interleave another session.
///
/// The work runs on Dispatch's threads: the caller blocks one of the few threads that Swift's tasks have.
func runBlocking<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
    let outcome = Outcome<Value>()
    let semaphore = DispatchSemaphore(value: 0)
    Task.detached(executorPreference: DispatchThreads()) {
        do {
            outcome.set(.success(try await body()))
        } catch {
            outcome.set(.failure(error))
        }
        semaphore.signal()
    }
    semaphore.wait()
    return try outcome.get()
}

/// Runs one statement in another session.
func runBlocking(_ pool: PostgresPool, _ query: PostgresQuery) throws {
    _ = try runBlocking { try await pool.query(query, operation: "test") }
}

private final class Outcome<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)

    func set(_ value: Result<Value, any Error>) { result.withLock { $0 = value } }

    func get() throws -> Value {
        guard let result = result.withLock({ $0 }) else { throw CancellationError() }
        return try result.get()
    }
}

private final class DispatchThreads: TaskExecutor {
    private let queue = DispatchQueue(label: "test.blocking", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
