import Foundation

/// How a handler's run came to its end.
enum RunEnding: Sendable {
    /// The handler returned.
    case succeeded
    /// The handler threw, or its deadline passed.
    case failed(any Error)
    /// A cancel request ended it.
    case cancelled
    /// The server had to go.
    case shutdown
    /// The run no longer owns its task.
    case leaseLost
}

/// Runs a handler once and cancels it when it is interrupted.
///
/// It waits for the handler whatever happens, so that a slot is never freed while its handler works (asynq-wire W14); only
/// a shutdown leaves a handler behind that ignores its cancellation.
struct HandlerRun: Sendable {
    private enum Event: Sendable {
        case returned(Result<Void, any Error>)
        case interrupted(Interruption)
        case abandoned
    }

    /// Longer waits are cut: a duration of years overflows the clock.
    private static let longestTimer = Duration.seconds(365 * 86_400)

    let handler: any TaskHandler
    let abandonTimeout: Duration
    let now: @Sendable () -> Date

    /// Runs the handler and says how it ended.
    ///
    /// - Parameters:
    ///   - task: What the handler is given.
    ///   - context: What the handler is told.
    ///   - running: Where interruptions come from, and until when it may run.
    /// - Returns: The first interruption if there was one, whatever the handler made of it; else the handler's own end.
    func ending(of task: QueueTask, context: TaskContext, running: RunningTask) async -> RunEnding {
        let (events, feed) = AsyncStream.makeStream(of: Event.self)
        // The handler is a task of its own, because a structured child could not be left behind at a shutdown.
        let work = Task { [handler] in
            do {
                try await handler.process(task, context: context)
                feed.yield(.returned(.success(())))
            } catch {
                feed.yield(.returned(.failure(error)))
            }
        }
        running.listen { feed.yield(.interrupted($0)) }
        let limit = min(.seconds(running.deadline.timeIntervalSince(now())), Self.longestTimer)
        let timer = Task {
            if (try? await Task.sleep(for: limit)) != nil { feed.yield(.interrupted(.deadline)) }
        }
        defer { timer.cancel() }
        return await follow(events, feed, work)
    }

    private func follow(
        _ events: AsyncStream<Event>, _ feed: AsyncStream<Event>.Continuation, _ work: Task<Void, Never>
    ) async -> RunEnding {
        var first: Interruption?
        var abandoning: Task<Void, Never>?
        defer { abandoning?.cancel() }
        for await event in events {
            switch event {
            case .returned(let result):
                if let first { return Self.ending(first) }
                switch result {
                case .success: return .succeeded
                case .failure(let error): return .failed(error)
                }
            case .interrupted(let reason):
                first = first ?? reason
                work.cancel()
                guard reason == .shutdown, abandoning == nil else { continue }
                abandoning = Task { [abandonTimeout] in
                    if (try? await Task.sleep(for: abandonTimeout)) != nil { feed.yield(.abandoned) }
                }
            case .abandoned: return Self.ending(first ?? .shutdown)
            }
        }
        return .shutdown
    }

    private static func ending(_ interruption: Interruption) -> RunEnding {
        switch interruption {
        case .deadline: .failed(DeadlineExceeded())
        case .cancelRequest: .cancelled
        case .shutdown: .shutdown
        case .leaseLost: .leaseLost
        }
    }
}
