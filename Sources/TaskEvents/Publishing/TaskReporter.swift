import ConcurrencySupport
package import Foundation
import Logging
import Redis

/// What one run of a task tells the world, published in the background.
///
/// No method but ``flush(within:)`` waits: each hands its event over and returns, whatever state Redis is in. Events
/// come out in the order of the calls, except that progress and validation messages may wait a moment (see
/// ``TaskEventLimits``). While Redis is away only the newest progress of a phase and at most
/// ``TaskEventLimits/maxWaitingLogs`` log lines are kept; all else is delivered when it is back, unless it stays away
/// longer than ``TaskEventLimits/giveUpAfter``.
package final class TaskReporter: Sendable {
    /// Which run this is.
    package let source: EventSource
    private let timeline: EventTimeline
    private let logger: Logger
    private let backoff = Backoff(base: .milliseconds(50), limit: .seconds(2))
    private let send: @Sendable ([PendingEvent]) async throws -> Void
    private let state: LockedValue<State>

    private struct State {
        var outbox: EventOutbox
        /// Whether a drain runs, or is about to.
        var isDraining = false
        /// The drain's wait for the next due moment; cancelling it makes the drain look again.
        var nap: (task: Task<Void, Never>, end: Duration)?
        var flushes: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastFlush = 0
    }

    /// Makes a reporter.
    ///
    /// - Parameters:
    ///   - source: Which run speaks.
    ///   - timeline: The clocks.
    ///   - logger: Gets failures.
    ///   - send: Publishes events; called by one drain at a time, and again with the same events after it threw.
    init(
        source: EventSource, timeline: EventTimeline, logger: Logger,
        send: @escaping @Sendable ([PendingEvent]) async throws -> Void
    ) {
        self.source = source
        self.timeline = timeline
        self.logger = logger
        self.send = send
        state = LockedValue(State(outbox: EventOutbox(source: source)))
    }

    // MARK: Reporting

    /// The run begins.
    package func started() {
        report(.started, [:])
    }

    /// A phase begins; progress rates count from here.
    package func phaseBegan(_ phase: String) {
        hand { outbox, at, now in outbox.phaseBegan(phase, at: at, now: now) }
    }

    /// A phase ends; its last progress goes out first.
    package func phaseEnded(_ phase: String, statements: Int) {
        report(.phase, EventBody.phaseEnded(phase, statements: statements))
    }

    /// How far a phase is; may be called for every row.
    ///
    /// - Parameters:
    ///   - phase: The phase's name.
    ///   - done: How much is done, from 0.
    ///   - total: How much there is; `nil` while unknown.
    ///   - unit: `bytes`, `rows`, `months` or `shifts`.
    ///   - counts: What else is counted meanwhile, such as `rows` and `bad_rows` of a workbook read by bytes.
    package func progress(phase: String, done: Int, total: Int?, unit: String, counts: [String: Int] = [:]) {
        hand { outbox, at, now in
            let report = ProgressReport(
                phase: phase, done: done, total: total, unit: unit, counts: counts, at: at, moment: now)
            outbox.addProgress(report)
        }
    }

    /// Validation messages in the order of discovery, in the shape of `domain.md` 4.1.
    ///
    /// - Parameters:
    ///   - messages: The messages.
    ///   - unsent: How many more were found that are not sent themselves: they count in the event's `total`. A last message
    ///     says what they were and is itself none of the findings.
    package func errors(_ messages: [JSONValue], unsent: Int = 0) {
        hand { outbox, at, now in outbox.addMessages(messages, unsent: unsent, at: at, now: now) }
    }

    /// A line for a person; addresses in it are cut to their host.
    ///
    /// - Parameters:
    ///   - level: `debug`, `info`, `warning` or `error`.
    ///   - message: The text; it must name no person and hold no secret.
    package func log(level: String, message: String) {
        report(.log, EventBody.log(level: level, message: message))
    }

    /// The task is done.
    ///
    /// - Parameters:
    ///   - outcome: `SUCCESS` or `PARTIAL`.
    ///   - result: A summary; of one above 8 KiB the largest members go, and `truncated` is set.
    package func finished(outcome: String, result: JSONValue) {
        report(.finished, EventBody.finished(outcome: outcome, result: result))
    }

    /// The run failed and the task runs again.
    ///
    /// - Parameters:
    ///   - error: Why, without secrets.
    ///   - retryAt: When it runs again; the numbering of its events is kept until a day after.
    ///   - retriesLeft: How many tries are left, that one included.
    package func retrying(error: String, retryAt: Date, retriesLeft: Int) {
        report(.retrying, EventBody.retrying(error: error, retryAt: retryAt, retriesLeft: retriesLeft))
    }

    /// The task failed and is archived.
    ///
    /// - Parameters:
    ///   - error: Why, without secrets.
    ///   - code: The error's code, such as `INVALID_FILE`.
    package func failed(error: String, code: String) {
        report(.failed, EventBody.failed(error: error, code: code))
    }

    /// The task was called off.
    package func cancelled(by: String) {
        report(.cancelled, EventBody.cancelled(by: by))
    }

    // MARK: Flushing

    /// Waits until everything handed over so far is published, or until `limit` has passed.
    ///
    /// Publishing goes on in the background after the limit. Cancelling the caller does not shorten the wait, because a
    /// cancelled task's last event is the one that says so.
    ///
    /// - Parameter limit: The longest wait.
    /// - Returns: Whether everything is published.
    @discardableResult
    package func flush(within limit: Duration = .seconds(5)) async -> Bool {
        hand { outbox, at, now in outbox.hurry(at: at, now: now) }
        var timer: Task<Void, Never>?
        await withCheckedContinuation { continuation in
            let flush: Int? = state.withLock { state in
                guard state.isDraining else { return nil }
                state.lastFlush += 1
                state.flushes[state.lastFlush] = continuation
                return state.lastFlush
            }
            guard let flush else { return continuation.resume() }
            timer = Task { [self] in
                guard (try? await timeline.sleep(limit)) != nil else { return }
                state.withLock { $0.flushes.removeValue(forKey: flush) }?.resume()
            }
        }
        timer?.cancel()
        return state.withLock { $0.outbox.isEmpty }
    }

    // MARK: Handing over

    private func report(_ kind: TaskEvent.Kind, _ body: [String: JSONValue]) {
        hand { outbox, at, now in outbox.add(kind, body: body, at: at, now: now) }
    }

    private func hand(_ change: (inout EventOutbox, Date, Duration) -> Void) {
        let at = timeline.date()
        state.withLock { state in
            change(&state.outbox, at, timeline.now())
            if state.isDraining {
                // Not for each report: most progress changes nothing about when the next event is due.
                if let nap = state.nap, let due = state.outbox.due, due < nap.end { nap.task.cancel() }
            } else if !state.outbox.isEmpty {
                state.isDraining = true
                // Owned by `state`: it ends by itself once nothing waits, and starts again with the next event.
                Task { await self.drain() }
            }
        }
    }

    // MARK: Draining

    private enum Step: Sendable {
        case publish([PendingEvent])
        case nap(Task<Void, Never>)
        case stop([CheckedContinuation<Void, Never>], dropped: Int)
    }

    /// Publishes until nothing waits.
    private func drain() async {
        while true {
            switch nextStep() {
            case .publish(let events): await deliver(events)
            case .nap(let nap): await nap.value
            case .stop(let flushes, let dropped):
                if dropped > 0 {
                    logger.warning("events too large or too many were dropped", metadata: ["events": "\(dropped)"])
                }
                for flush in flushes { flush.resume() }
                return
            }
        }
    }

    private func nextStep() -> Step {
        let at = timeline.date()
        return state.withLock { state in
            state.nap = nil
            let now = timeline.now()
            switch state.outbox.next(at: at, now: now) {
            case .publish(let events): return .publish(events)
            case .wait(let due):
                let nap = Task { [timeline] in _ = try? await timeline.sleep(due - now) }
                state.nap = (nap, due)
                return .nap(nap)
            case .idle:
                state.isDraining = false
                let flushes = Array(state.flushes.values)
                state.flushes = [:]
                return .stop(flushes, dropped: state.outbox.takeDropped())
            }
        }
    }

    /// Publishes events, however often it takes, and drops everything when it takes too long.
    private func deliver(_ events: [PendingEvent]) async {
        let start = timeline.now()
        var failures = 0
        while true {
            let lastError: any Error
            do {
                try await send(events)
                state.withLock { $0.outbox.published(events.count) }
                if failures > 0 { logger.info("events are published again", metadata: ["failures": "\(failures)"]) }
                return
            } catch {
                failures += 1
                lastError = error
                if failures == 1 {
                    logger.warning("cannot publish events, trying again", metadata: ["error": "\(error)"])
                }
            }
            guard (lastError as? RedisError)?.code != .closed, timeline.now() - start < TaskEventLimits.giveUpAfter
            else {
                let dropped = state.withLock { $0.outbox.dropAll() }
                logger.error("events are given up", metadata: ["events": "\(dropped)"])
                return
            }
            try? await timeline.sleep(backoff.delay(afterFailures: failures))
        }
    }
}
