import ConcurrencySupport
package import Foundation

/// A checked task with its options worked out: what goes to the broker.
///
/// Pure. Source: asynq `client.go`, `composeOptions`.
package struct ComposedTask: Sendable {
    /// The task as it is stored.
    package let message: TaskMessage
    /// Where it starts.
    package let placement: TaskPlacement
    /// How long its unique lock lives, the delay of a scheduled task not included; `nil` takes no lock.
    package let uniqueFor: Duration?
    /// What our workers heed beyond the message.
    package let stored: StoredOptions

    /// Works the options out.
    ///
    /// - Parameters:
    ///   - task: What is to be done.
    ///   - options: How and when.
    ///   - now: The producer's clock.
    /// - Throws: ``EnqueueError`` for a blank name or a lock of under one second.
    package init(_ task: QueueTask, _ options: EnqueueOptions, now: Date) throws {
        try Self.check(task, options)
        let timeout = options.timeout.map(\.secondsRoundedUp) ?? 0
        let deadline = options.deadline.map { Int64($0.timeIntervalSince1970.rounded(.up)) } ?? 0
        let hasLimit = timeout > 0 || deadline > 0
        message = TaskMessage(
            type: task.type, payload: task.payload ?? [], id: options.taskID ?? RandomUUID.next(),
            queue: options.queue, maxRetry: Int32(clamping: max(0, options.maxRetry)),
            timeoutSeconds: hasLimit ? timeout : EnqueueOptions.defaultTimeout.secondsRoundedUp,
            deadlineUnixSeconds: deadline, uniqueKey: Self.uniqueKey(of: task, options),
            retentionSeconds: max(0, options.retention.secondsRoundedUp), groupKey: options.group ?? "",
            headers: task.headers)
        placement = Self.placement(options, now: now)
        uniqueFor = options.unique
        stored = Self.stored(options, placement, now: now)
    }

    /// What goes to the broker.
    var creation: TaskCreation {
        TaskCreation(message: message, placement: placement, uniqueFor: uniqueFor, options: stored)
    }

    private static func check(_ task: QueueTask, _ options: EnqueueOptions) throws {
        if task.type.isBlank { throw EnqueueError(.invalidType, "the task's type must not be blank") }
        if options.queue.isBlank { throw EnqueueError(.invalidQueue, "the queue's name must not be blank") }
        if let id = options.taskID, id.isBlank {
            throw EnqueueError(.invalidTaskID, "the task's id must not be blank")
        }
        if let group = options.group, group.isBlank {
            throw EnqueueError(.invalidGroup, "the group's name must not be blank")
        }
        if let unique = options.unique, unique < .seconds(1) {
            throw EnqueueError(.invalidUnique, "a unique lock must live for at least 1 s")
        }
        if let key = options.uniqueKey, key.isBlank {
            throw EnqueueError(.invalidUnique, "a custom unique key must not be blank")
        }
        if let delays = options.retryDelays, !delays.isValid {
            throw EnqueueError(.invalidOption, "a list of retry delays must have 1 to \(RetryDelays.mostListed)")
        }
        if options.group != nil, options.expiresAt != nil || options.expiresIn != nil {
            throw EnqueueError(
                .invalidOption, "a task of a group is joined with others and takes no expiry; leave it out")
        }
        if let retention = options.archiveRetention, retention <= .zero {
            throw EnqueueError(
                .invalidOption, "a task's retention in the archive must be longer than zero; give none for its queue's")
        }
    }

    private static func stored(_ options: EnqueueOptions, _ placement: TaskPlacement, now: Date) -> StoredOptions {
        var start = now
        if case .scheduled(let at) = placement { start = at }
        let expiry = options.expiresIn.map { start.addingTimeInterval($0.timeInterval) } ?? options.expiresAt
        var stored = StoredOptions()
        stored.expiresAtUnixSeconds = expiry.map { UnixTime.secondsRoundedUp($0) }
        stored.retryDelays = options.retryDelays
        stored.releasesLockOnArchive = options.releasesUniqueOnArchive && options.unique != nil
        stored.archiveSeconds = options.archiveRetention?.secondsRoundedUp
        return stored
    }

    private static func placement(_ options: EnqueueOptions, now: Date) -> TaskPlacement {
        let delayed = options.processIn.map { now.addingTimeInterval($0.timeInterval) }
        if let at = delayed ?? options.processAt, at > now { return .scheduled(at: at) }
        if let group = options.group { return .group(group) }
        return .pending
    }

    private static func uniqueKey(of task: QueueTask, _ options: EnqueueOptions) -> String {
        guard options.unique != nil else { return "" }
        if let custom = options.uniqueKey { return UniqueKey.custom(custom, queue: options.queue) }
        return UniqueKey.key(queue: options.queue, type: task.type, payload: task.payload)
    }
}
