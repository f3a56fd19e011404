/// Runs the user's aggregate function once, and cancels it when its time is over.
///
/// It waits for the function whatever happens, so that no more of them run than are allowed; only a shutdown leaves one behind
/// that ignores its cancellation.
struct AggregationRun: Sendable {
    /// How the function came to its end.
    enum Ending: Sendable {
        /// It returned.
        case returned(QueueTask?)
        /// It threw.
        case failed(any Error)
        /// The server had to go, and the function did not return.
        case abandoned
    }

    private enum Event: Sendable {
        case ended(Ending)
        case timeIsUp
        case abandoned
    }

    let function: @Sendable () async throws -> QueueTask?
    let control: ServerControl
    let abandonTimeout: Duration

    /// Runs the function.
    ///
    /// - Parameter limit: How long it has.
    /// - Returns: Its own end; ``DeadlineExceeded`` for whatever it threw after its time was over.
    func ending(within limit: Duration) async -> Ending {
        let (events, feed) = AsyncStream.makeStream(of: Event.self)
        // A task of its own, because a structured child could not be left behind at a shutdown.
        let work = Task { [function] in
            do { feed.yield(.ended(.returned(try await function()))) } catch { feed.yield(.ended(.failed(error))) }
        }
        let timer = Task {
            if (try? await Task.sleep(for: limit)) != nil { feed.yield(.timeIsUp) }
        }
        let abort = Task { [control, abandonTimeout] in
            await control.abortRequested.wait()
            guard !Task.isCancelled else { return }
            work.cancel()
            if (try? await Task.sleep(for: abandonTimeout)) != nil { feed.yield(.abandoned) }
        }
        defer {
            timer.cancel()
            abort.cancel()
        }
        var isLate = false
        for await event in events {
            switch event {
            case .ended(.failed) where isLate: return .failed(DeadlineExceeded())
            case .ended(let ending): return ending
            case .timeIsUp:
                isLate = true
                work.cancel()
            case .abandoned: return .abandoned
            }
        }
        return .abandoned
    }
}
