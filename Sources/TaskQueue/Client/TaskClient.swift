package import Foundation
public import Logging
public import Redis

/// Creates tasks.
///
/// One client serves a whole program; its calls share connections.
public final class TaskClient: Sendable {
    private let broker: any Broker
    private let onClose: @Sendable () async -> Void
    private let now: @Sendable () -> Date

    /// Makes a client; connections are opened when they are first needed.
    public convenience init(redis: RedisConfiguration, logger: Logger) {
        let broker = RedisBroker(redis, logger: logger)
        self.init(broker: broker, onClose: { await broker.close() })
    }

    /// Makes a client of a broker that somebody else owns, unless `onClose` closes it.
    package init(
        broker: any Broker, onClose: @escaping @Sendable () async -> Void = {},
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.broker = broker
        self.onClose = onClose
        self.now = now
    }

    /// Creates a task.
    ///
    /// - Parameters:
    ///   - task: What is to be done.
    ///   - options: How and when.
    /// - Returns: The stored task.
    /// - Throws: ``EnqueueError`` when the task or its options are refused, and nothing was stored. The store's own error
    ///   when it cannot be reached: whether the task was stored is then unknown, and a retry with the same task id is safe.
    @discardableResult
    public func enqueue(_ task: QueueTask, _ options: EnqueueOptions = EnqueueOptions()) async throws -> TaskInfo {
        let moment = now()
        let composed = try ComposedTask(task, options, now: moment)
        let outcome = try await create([composed]).first ?? .created
        return try Self.info(of: composed, outcome, now: moment)
    }

    /// Creates many tasks in one round trip.
    ///
    /// - Parameter batch: The tasks with their options.
    /// - Returns: What came of each, in the order of `batch`; one that is refused hinders no other.
    /// - Throws: The store's error when it cannot be reached: which tasks were stored is then unknown.
    public func enqueue(
        batch: [(task: QueueTask, options: EnqueueOptions)]
    ) async throws -> [Result<TaskInfo, EnqueueError>] {
        let moment = now()
        let composed = batch.map { item in
            Self.refusal { try ComposedTask(item.task, item.options, now: moment) }
        }
        let valid = composed.compactMap { try? $0.get() }
        guard !valid.isEmpty else { return composed.map { $0.map { Self.info($0, now: moment) } } }
        var outcomes = try await create(valid)[...]
        return composed.map { item in
            item.flatMap { composed in
                let outcome = outcomes.popFirst() ?? .created
                return Self.refusal { try Self.info(of: composed, outcome, now: moment) }
            }
        }
    }

    private func create(_ tasks: [ComposedTask]) async throws -> [CreateOutcome] {
        if tasks.contains(where: { $0.stored.text != nil }) { return try await broker.create(tasks.map(\.creation)) }
        if tasks.count == 1 {
            let task = tasks[0]
            return [try await broker.create(task.message, placement: task.placement, uniqueFor: task.uniqueFor)]
        }
        return try await broker.create(batch: tasks.map { ($0.message, $0.placement, $0.uniqueFor) })
    }

    /// Closes the client's connections; later calls fail.
    public func close() async {
        await onClose()
    }

    private static func refusal<Value>(_ body: () throws -> Value) -> Result<Value, EnqueueError> {
        do { return .success(try body()) } catch let error as EnqueueError { return .failure(error) } catch {
            return .failure(EnqueueError(.invalidType, String(describing: error)))
        }
    }

    private static func info(of composed: ComposedTask, _ outcome: CreateOutcome, now: Date) throws -> TaskInfo {
        switch outcome {
        case .created: return info(composed, now: now)
        case .taskIDConflict: throw EnqueueError.taskIDConflict
        case .duplicate: throw EnqueueError.duplicateTask
        }
    }

    private static func info(_ composed: ComposedTask, now: Date) -> TaskInfo {
        switch composed.placement {
        case .pending: TaskInfo(message: composed.message, state: .pending, nextProcessAt: now)
        case .scheduled(let at): TaskInfo(message: composed.message, state: .scheduled, nextProcessAt: at.roundedUp)
        case .group: TaskInfo(message: composed.message, state: .aggregating)
        }
    }
}

extension Date {
    /// The next whole second, or this moment if it is one: what a score holds.
    var roundedUp: Date { Date(timeIntervalSince1970: timeIntervalSince1970.rounded(.up)) }
}
