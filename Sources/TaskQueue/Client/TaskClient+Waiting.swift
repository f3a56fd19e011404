import Foundation
import Redis

extension TaskClient {
    /// How long a task that is waited for is kept at least: long enough for a waiter whose connection broke.
    public static let leastRetention = Duration.seconds(60)
    /// How often a waiter looks by itself, for the ends that nobody tells of: those that Go workers and tools write.
    static let lookInterval = Duration.milliseconds(500)

    /// Creates a task and waits for its end.
    ///
    /// A task that is kept for less is kept for ``leastRetention`` after its success, so that its result can be read.
    ///
    /// - Parameters:
    ///   - task: What is to be done.
    ///   - options: How and when.
    ///   - limit: How long to wait.
    /// - Returns: What the handler stored, `nil` for nothing.
    /// - Throws: As ``enqueue(_:_:)-(QueueTask,_)`` and ``result(of:in:within:)``.
    @discardableResult
    public func enqueueAndWait(
        _ task: QueueTask, _ options: EnqueueOptions = EnqueueOptions(), within limit: Duration
    ) async throws -> [UInt8]? {
        var options = options
        options.retention = max(options.retention, Self.leastRetention)
        let info = try await enqueue(task, options)
        return try await result(of: info.id, in: info.queue, within: limit)
    }

    /// Creates a task of a typed payload, waits for its end and reads its result as JSON.
    ///
    /// - Parameters:
    ///   - payload: What is asked.
    ///   - options: How and when; see ``enqueueAndWait(_:_:within:)``.
    ///   - limit: How long to wait.
    ///   - type: What the handler stores, see ``ServeMux/handle(_:returning:_:)``.
    /// - Returns: The result.
    /// - Throws: As ``enqueueAndWait(_:_:within:)``, and ``TaskResultError`` with `malformedResult`.
    public func enqueueAndWait<Output: Decodable>(
        _ payload: some TaskPayload, _ options: EnqueueOptions = EnqueueOptions(), within limit: Duration,
        returning type: Output.Type
    ) async throws -> Output {
        let bytes = try await enqueueAndWait(QueueTask(payload), options, within: limit)
        do { return try JSONDecoder().decode(type, from: Data(bytes ?? [])) } catch {
            throw TaskResultError(.malformedResult, "the task's result: \(PayloadDecodingError.Reason(error))")
        }
    }

    /// Waits for the end of a task that was created before.
    ///
    /// Cancelling the caller ends the wait; the task goes on. While the store cannot be reached the wait goes on too.
    ///
    /// - Parameters:
    ///   - id: The task's id.
    ///   - queue: The queue's name.
    ///   - limit: How long to wait; zero looks once.
    /// - Returns: What the handler stored, `nil` for nothing.
    /// - Throws: ``TaskResultError`` when there is no result; the store's error when the last look failed, or one with which
    ///   waiting on is futile, such as that of a closed client.
    public func result(
        of id: String, in queue: String = "default", within limit: Duration
    ) async throws -> [UInt8]? {
        let end = ContinuousClock.now + limit
        let wake = WakeSignal()
        let told = broker.endings(ofTask: id, in: queue)
        return try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                for await _ in told { wake.signal() }
            }
            defer { group.cancelAll() }
            while true {
                let look = await self.look(at: id, in: queue)
                if let ending = try? look.get(), ending != .notYet {
                    return try Self.result(of: ending, id, queue, limit)
                }
                try Task.checkCancellation()
                if case .failure(let error) = look, (error as? RedisError)?.isRetriable != true { throw error }
                let rest = end - .now
                guard rest > .zero else { return try Self.result(of: look.get(), id, queue, limit) }
                await wake.wait(atMost: min(rest, Self.lookInterval))
            }
        }
    }

    private func look(at id: String, in queue: String) async -> Result<TaskEnding, any Error> {
        do { return .success(try await broker.ending(ofTask: id, in: queue)) } catch { return .failure(error) }
    }

    /// What to return or to throw once the wait is over.
    private static func result(
        of ending: TaskEnding, _ id: String, _ queue: String, _ limit: Duration
    ) throws -> [UInt8]? {
        switch ending {
        case .completed(let result): return result
        case .notYet:
            throw TaskResultError(
                .timedOut, "task \"\(id)\" in queue \"\(queue)\" has not ended within \(limit); it goes on")
        case .archived(let reason):
            throw TaskResultError(
                .archived, "task \"\(id)\" in queue \"\(queue)\" was archived: \(reason)", reason: reason)
        case .gone:
            throw TaskResultError(
                .gone,
                "task \"\(id)\" is not in queue \"\(queue)\": it was never created, was deleted, revoked or expired, "
                    + "or ended without a retention")
        }
    }
}
