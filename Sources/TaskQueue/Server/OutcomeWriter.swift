import ConcurrencySupport
import Foundation
import Logging
import Redis

/// Writes the outcomes of runs, again and again while the run can still own its task: asynq's syncer, without its W1.
struct OutcomeWriter: Sendable {
    /// What came of writing.
    enum Result: Sendable, Equatable {
        /// The outcome is stored.
        case written
        /// The task was to be cancelled for good, and was archived with that reason instead.
        case cancelled
        /// Nothing was stored by this run: it no longer owns its task, or the store did not answer in time.
        case notWritten
    }

    /// How long after its lease a task is left alone by every recoverer, Go's included.
    static let recoveryGrace = Duration.seconds(30)
    /// How long writes go on once everything is to be given back; the recovery does the rest.
    static let abortWriteLimit = Duration.seconds(2)

    let control: ServerControl
    let logger: Logger
    let now: @Sendable () -> Date
    private let backoff = Backoff(base: .milliseconds(50), limit: .seconds(5))

    /// Makes a writer.
    init(control: ServerControl, logger: Logger, now: @escaping @Sendable () -> Date) {
        self.control = control
        self.logger = logger
        self.now = now
    }

    /// Runs `operation` until it answers.
    ///
    /// - Parameters:
    ///   - name: The outcome, for the log.
    ///   - task: The run; its lease, which the heartbeat extends, bounds the attempts.
    ///   - operation: One attempt; it may be repeated because the store refuses the second of two equal writes.
    /// - Returns: Whether the outcome is stored. After an attempt whose answer was lost, a refusal counts as stored.
    func write(
        _ name: String, of task: RunningTask, _ operation: () async throws -> OutcomeWrite
    ) async -> Result {
        var metadata: Logger.Metadata { task.run.logMetadata }
        var failures = 0
        var lostAnswers = 0
        var abortEnd: Date?
        while true {
            do {
                switch try await operation() {
                case .written: return .written
                case .cancelled: return .cancelled
                case .superseded where lostAnswers > 0:
                    logger.info("\(name): stored by an earlier attempt or taken over", metadata: metadata)
                    return .written
                case .superseded:
                    logger.warning("\(name): the task belongs to another run; nothing written", metadata: metadata)
                    return .notWritten
                }
            } catch {
                failures += 1
                if Self.mayHaveArrived(error) { lostAnswers += 1 }
                let isAborting = control.abortRequested.isOpen
                if isAborting, abortEnd == nil { abortEnd = now() + Self.abortWriteLimit.timeInterval }
                let end = abortEnd ?? task.leaseExpiresAt + Self.recoveryGrace.timeInterval
                guard now() < end else {
                    logger.error(
                        "\(name) could not be stored; the task will be recovered",
                        metadata: metadata.merging(["error": "\(error)"]) { $1 })
                    return .notWritten
                }
                if failures == 1 {
                    logger.warning(
                        "\(name) could not be stored yet", metadata: metadata.merging(["error": "\(error)"]) { $1 })
                }
                let delay = backoff.delay(afterFailures: failures)
                if isAborting {
                    try? await Task.sleep(for: min(delay, .milliseconds(200)))
                } else {
                    await control.abortRequested.wait(atMost: delay)
                }
            }
        }
    }

    /// Whether a write that ended like this may have been made all the same.
    private static func mayHaveArrived(_ error: any Error) -> Bool {
        guard let code = (error as? RedisError)?.code else { return true }
        return ![.connectFailed, .commandRejected, .invalidConfiguration].contains(code)
    }
}

extension TaskRun {
    /// Which task a log line is about.
    var logMetadata: Logger.Metadata {
        ["task-id": "\(message.id)", "task-type": "\(message.type)", "queue": "\(message.queue)"]
    }
}
