import Foundation

/// What a reporter has still to publish, in order: pure decisions, no I/O, with the time passed in.
///
/// Validation messages wait up to ``TaskEventLimits/errorWindow`` for company, progress until its rate allows it, and
/// both go before whatever is handed over after them in earnest. While nothing can be published, only the newest
/// progress of a phase is kept, and every error and final event.
struct EventOutbox {
    /// What to do next.
    enum Action: Equatable {
        /// Publish these, then call ``EventOutbox/published(_:)``.
        case publish([PendingEvent])
        /// Nothing is due before this moment.
        case wait(until: Duration)
        /// Nothing waits.
        case idle
    }

    private let source: EventSource
    private var waiting: [PendingEvent] = []
    private var lastNumber = 0
    private var meter = ProgressMeter()
    private var progress: ProgressReport?
    private var progressDue: Duration = .zero
    private var messages: [JSONValue] = []
    private var messagesDue: Duration = .zero
    private var lastMessages: Duration?
    private var totalMessages = 0
    /// Findings beside ``messages`` that the last of their events counts.
    private var uncounted = 0
    private var waitingLogs = 0
    /// How many events were too large even alone, or logs beyond the limit, since ``takeDropped()``.
    private(set) var dropped = 0

    init(source: EventSource) {
        self.source = source
    }

    /// Whether everything was published.
    var isEmpty: Bool { waiting.isEmpty && progress == nil && messages.isEmpty }

    // MARK: Taking events in

    /// Takes an event that must be published, after everything before it.
    mutating func add(_ kind: TaskEvent.Kind, body: [String: JSONValue], at: Date, now: Duration) {
        commitMessages(at: at, now: now)
        if kind == .log {
            guard waitingLogs < TaskEventLimits.maxWaitingLogs else {
                dropped += 1
                return
            }
            waitingLogs += 1
        } else {
            commitProgress(now: now)
        }
        append(kind, body: body, at: at)
    }

    /// Takes the news that a phase begins.
    mutating func phaseBegan(_ phase: String, at: Date, now: Duration) {
        add(.phase, body: EventBody.phaseBegan(phase), at: at, now: now)
        meter.begin(phase, now: now)
    }

    /// Takes a progress report, which replaces an earlier one of the same phase that still waits.
    mutating func addProgress(_ report: ProgressReport) {
        if let progress, progress.phase != report.phase { commitProgress(now: report.moment) }
        meter.observe(report.phase, done: report.done, now: report.moment)
        progress = report
    }

    /// Takes validation messages, and the number of findings that are counted without being sent.
    mutating func addMessages(_ found: [JSONValue], unsent: Int = 0, at: Date, now: Duration) {
        guard !found.isEmpty else { return }
        if messages.isEmpty {
            // The first ones after a silence go at once: whoever watches sees the first error without delay.
            let quiet = lastMessages.map { now - $0 >= TaskEventLimits.errorWindow } ?? true
            messagesDue = quiet ? now : now + TaskEventLimits.errorWindow
        }
        messages += found
        // The message that speaks of them is no finding.
        if unsent > 0 { uncounted += unsent - 1 }
        if messages.count >= TaskEventLimits.maxMessagesPerEvent { commitMessages(at: at, now: now) }
    }

    /// Makes everything due now, as a reporter does that is about to end.
    mutating func hurry(at: Date, now: Duration) {
        commitMessages(at: at, now: now)
        commitProgress(now: now)
    }

    /// Says how many events were dropped since it was last asked.
    mutating func takeDropped() -> Int {
        defer { dropped = 0 }
        return dropped
    }

    /// Throws away what waits and says how many events that were.
    mutating func dropAll() -> Int {
        let count = waiting.count
        waiting = []
        progress = nil
        messages = []
        waitingLogs = 0
        return count
    }

    // MARK: Giving events out

    /// What to do at the moment `now`; events to publish stay in the outbox until ``published(_:)``.
    mutating func next(at: Date, now: Duration) -> Action {
        if !messages.isEmpty, messagesDue <= now { commitMessages(at: at, now: now) }
        if progress != nil, progressDue <= now { commitProgress(now: now) }
        if !waiting.isEmpty { return .publish(firstBatch()) }
        return due.map(Action.wait) ?? .idle
    }

    /// When ``next(at:now:)`` next has something to publish; a moment gone by means at once, `nil` that nothing waits.
    var due: Duration? {
        guard waiting.isEmpty else { return .zero }
        return [messages.isEmpty ? nil : messagesDue, progress == nil ? nil : progressDue].compactMap(\.self).min()
    }

    /// The first `count` waiting events are published.
    mutating func published(_ count: Int) {
        waitingLogs -= waiting.prefix(count).count { $0.kind == .log }
        waiting.removeFirst(count)
    }

    private func firstBatch() -> [PendingEvent] {
        var bytes = 0
        let batch = waiting.prefix(TaskEventLimits.maxEventsPerCall).prefix { event in
            bytes += event.size
            return bytes <= TaskEventLimits.maxBytesPerCall
        }
        return Array(batch)
    }

    // MARK: Committing

    private mutating func commitProgress(now: Duration) {
        guard let progress else { return }
        self.progress = nil
        append(.progress, body: meter.body(of: progress), at: progress.at)
        // One sent ahead of its time puts off the next, so that the rate holds over any second.
        progressDue = max(progressDue, now) + TaskEventLimits.progressInterval
    }

    private mutating func commitMessages(at: Date, now: Duration) {
        guard !messages.isEmpty else { return }
        let empty = TaskEvent.encoded(around: source, at: at, kind: .errors, body: EventBody.errors([], total: Int.max))
        let room = TaskEventLimits.maxEventBytes - empty.prefix.count - empty.suffix.count - PendingEvent.seqDigits
        let groups = MessageBatches.split(messages, maxBytes: room)
        messages = []
        lastMessages = now
        for (place, group) in groups.enumerated() {
            totalMessages += group.count
            if place == groups.count - 1 {
                totalMessages += uncounted
                uncounted = 0
            }
            append(.errors, body: EventBody.errors(group, total: totalMessages), at: at)
        }
    }

    private mutating func append(_ kind: TaskEvent.Kind, body: [String: JSONValue], at: Date) {
        let (prefix, suffix) = TaskEvent.encoded(around: source, at: at, kind: kind, body: body)
        var lifetime = TaskEventLimits.lifetime
        if kind == .retrying, let text = body["retry_at"]?.stringValue, let retryAt = EventTimestamp.date(of: text) {
            let seconds = retryAt.timeIntervalSince(at).rounded(.up)
            lifetime += .seconds(min(max(0, seconds), TaskEventLimits.maxRetryDelaySeconds))
        }
        let event = PendingEvent(
            number: lastNumber + 1, kind: kind, prefix: prefix, suffix: suffix, lifetime: lifetime)
        // Every text of ours is cut to fit, so only a task id or type of many kilobytes leads here.
        guard event.size <= TaskEventLimits.maxEventBytes else {
            dropped += 1
            return
        }
        lastNumber += 1
        waiting.append(event)
    }
}
