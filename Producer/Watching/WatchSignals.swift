import Foundation
import TaskEvents

/// What a watcher waits for, from all sides, as one sequence.
enum WatchSignal: Sendable {
    case event(TaskEvent)
    /// It is time to look at the task's state.
    case tick
    case interrupted
    /// The events ended, with the error that ended them.
    case ended((any Error)?)

    /// Hands signals to `body` until it says that it has had enough.
    ///
    /// - Parameters:
    ///   - events: A follower's events.
    ///   - interval: The time between two ticks; the first comes at once.
    ///   - body: Handles a signal, and answers whether to go on.
    /// - Throws: What `body` throws.
    static func forEach(
        of events: AsyncThrowingStream<TaskEvent, any Error>, tickEvery interval: Duration,
        _ body: (WatchSignal) async throws -> Bool
    ) async throws {
        let (signals, continuation) = AsyncStream.makeStream(of: WatchSignal.self)
        let interrupt = InterruptSignal()
        defer { interrupt.cancel() }
        let arrivals = interrupt.arrivals
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    for try await event in events { continuation.yield(.event(event)) }
                    continuation.yield(.ended(nil))
                } catch {
                    continuation.yield(.ended(error))
                }
            }
            group.addTask {
                var count = 0
                for await _ in arrivals {
                    count += 1
                    // The first is answered in words; whoever presses again does not want to wait for a slow Redis.
                    if count > 1 { exit(ExitStatus.interrupted.rawValue) }
                    continuation.yield(.interrupted)
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    continuation.yield(.tick)
                    try await Task.sleep(for: interval)
                }
            }
            for await signal in signals {
                guard try await body(signal) else { break }
            }
            group.cancelAll()
        }
    }
}
