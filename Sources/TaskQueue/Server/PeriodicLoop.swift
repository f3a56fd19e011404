import Logging

/// Does one thing again and again until its task is cancelled; an error is logged and the next turn tries again.
struct PeriodicLoop: Sendable {
    /// What is done, for the log.
    let name: String
    /// The time between the end of one turn and the start of the next.
    let interval: Duration
    let logger: Logger
    private let limiter = LogLimiter()

    /// Makes a loop that does nothing yet.
    init(name: String, interval: Duration, logger: Logger) {
        self.name = name
        self.interval = interval
        self.logger = logger
    }

    /// Does `body` now and after every interval.
    func run(_ body: () async throws -> Void) async {
        while !Task.isCancelled {
            do { try await body() } catch {
                guard !Task.isCancelled else { return }
                limiter.run { logger.warning("\(name) failed and will try again", metadata: ["error": "\(error)"]) }
            }
            try? await Task.sleep(for: interval)
        }
    }
}
