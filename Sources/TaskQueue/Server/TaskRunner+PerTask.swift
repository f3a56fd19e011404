import Foundation
import Logging

extension TaskRunner {
    /// Puts a task back whose handler wants it later; `nil` when nothing was written.
    func release(_ running: RunningTask, after delay: Duration) async -> TaskOutcome? {
        let run = running.run
        let date = now().addingTimeInterval(delay.timeInterval).roundedUp
        let result = await writer.write("release", of: running) { try await broker.release(run, until: date) }
        if result == .written { forwarder.expect(queue: run.message.queue, at: date) }
        return await told(result, .released(until: date), running)
    }

    /// Drops a task that nobody took in time; `nil` when nothing was written.
    func expire(_ running: RunningTask) async -> TaskOutcome? {
        let result = await writer.write("expiry", of: running) { try await broker.drop(running.run) }
        guard result == .written else { return nil }
        logger.info("dropped a task that was not taken in time", metadata: running.run.logMetadata)
        return .expired
    }
}

extension RunningTask {
    /// Whether the task came too late to be started; one that was started before is not late any more.
    func isTooLate(at now: Date) -> Bool {
        deliveries == 1 && run.message.retried == 0 && options.isExpired(at: now)
    }
}
