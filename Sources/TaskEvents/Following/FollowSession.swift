import ConcurrencySupport
import Logging
import Redis

/// One consumer's way through live events and replays.
///
/// It handles one thing at a time, so nothing live overtakes a replay: it waits in the subscriber's buffer meanwhile.
struct FollowSession {
    /// How many tasks are remembered when following all; the ones longest silent are forgotten first.
    private static let maxTasks = 10_000

    private struct Followed {
        var sequencer: TaskEventSequencer
        var lastUse: Int
    }

    private let replay: TaskEventReplay
    /// The tasks that were asked for by name, by channel.
    private let namedTasks: [String: TaskName]
    private let logger: Logger
    private let backoff = Backoff.reconnecting
    private let deliver: (TaskEvent) -> Void
    private var tasks: [TaskName: Followed] = [:]
    private var uses = 0

    /// Starts a session.
    ///
    /// - Parameters:
    ///   - replay: The reader of the streams.
    ///   - known: The tasks to follow from `fromSeq`; empty to follow whatever the channel brings.
    ///   - fromSeq: The first event wanted of each known task.
    ///   - logger: Gets what cannot be read.
    ///   - deliver: Takes each event for the consumer.
    init(
        replay: TaskEventReplay, known: [TaskName], fromSeq: Int, logger: Logger, deliver: @escaping (TaskEvent) -> Void
    ) {
        self.replay = replay
        self.logger = logger
        self.deliver = deliver
        var namedTasks: [String: TaskName] = [:]
        for name in known {
            namedTasks[TaskEventKeys.taskChannel(queue: name.queue, taskID: name.id)] = name
            tasks[name] = Followed(sequencer: TaskEventSequencer(next: max(fromSeq, 1)), lastUse: 0)
        }
        self.namedTasks = namedTasks
    }

    /// Handles what the subscriber tells.
    ///
    /// - Parameter event: The news.
    /// - Throws: ``RedisError`` when a replay is refused for good or the task is cancelled.
    mutating func handle(_ event: RedisSubscriber.Event) async throws {
        switch event {
        case .subscribed(let channel):
            if let name = namedTasks[channel] { try await catchUp(with: name) } else { try await catchUpWithAll() }
        // Also said when our buffer was full, and then no subscription follows.
        case .disconnected: try await catchUpWithAll()
        case .message(_, let payload): try await live(payload)
        }
    }

    private mutating func live(_ payload: [UInt8]) async throws {
        guard let event = decoded(payload) else { return }
        let name = TaskName(queue: event.queue, id: event.taskID)
        guard namedTasks.isEmpty || tasks[name] != nil else { return }
        let verdict = change(name) { $0.live(event) }
        switch verdict {
        case .deliver: deliver(event)
        case .repeated: return
        case .gap:
            try await catchUp(with: name)
            // What the stream has lost cannot be waited for.
            if change(name, { $0.replayed(event) }) { deliver(event) }
        }
    }

    private mutating func catchUpWithAll() async throws {
        for name in tasks.keys.sorted(by: { ($0.queue, $0.id) < ($1.queue, $1.id) }) { try await catchUp(with: name) }
    }

    /// Lets through what the stream holds of a task from its next event on.
    private mutating func catchUp(with name: TaskName) async throws {
        guard var from = tasks[name]?.sequencer.next else { return }
        while true {
            let page = try await page(of: name, from: from)
            for entry in page {
                from = entry.seq + 1
                guard let event = decoded(entry.bytes) else { continue }
                if change(name, { $0.replayed(event) }) { deliver(event) }
            }
            guard page.count == TaskEventReplay.pageSize else { return }
        }
    }

    /// Reads a page, however long Redis is away.
    private func page(of name: TaskName, from seq: Int) async throws -> [TaskEventReplay.Entry] {
        var failures = 0
        while true {
            switch await replay.result(of: name, from: seq) {
            case .success(let page): return page
            case .failure(let error):
                guard error.isRetriable else { throw error }
                failures += 1
                logger.warning("cannot replay events, trying again", metadata: ["reason": "\(error)"])
            }
            try await Task.sleep(for: backoff.delay(afterFailures: failures))
        }
    }

    private mutating func change<Result>(
        _ name: TaskName, _ body: (inout TaskEventSequencer) -> Result
    ) -> Result {
        uses += 1
        var followed = tasks[name] ?? Followed(sequencer: TaskEventSequencer(next: nil), lastUse: uses)
        let result = body(&followed.sequencer)
        followed.lastUse = uses
        tasks[name] = followed
        if namedTasks.isEmpty, tasks.count > Self.maxTasks { forgetSilentTasks() }
        return result
    }

    /// Forgets a tenth of the tasks at once, so that the sorting is rare.
    private mutating func forgetSilentTasks() {
        for (name, _) in tasks.sorted(by: { $0.value.lastUse < $1.value.lastUse }).prefix(Self.maxTasks / 10) {
            tasks[name] = nil
        }
    }

    private func decoded(_ bytes: [UInt8]) -> TaskEvent? {
        do {
            return try TaskEvent(decoding: bytes)
        } catch {
            logger.warning("an event is passed over", metadata: ["reason": "\(error)"])
            return nil
        }
    }
}
