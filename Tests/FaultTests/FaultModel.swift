import QueueTestWorker

/// How a task may end, given what it does and what happened to it.
struct FaultModel: Sendable, Equatable {
    /// How a task ended.
    enum Ending: String, Sendable {
        /// It succeeded and was deleted or kept.
        case succeeded
        /// It is archived.
        case archived
        /// It was joined with others of its group into a task that stands for it.
        case joined
        /// Its worker died while it joined the group, and nobody may touch what it had taken for two minutes.
        case staged
        /// No worker had taken it in time.
        case dropped
        /// Periodic tasks are enqueued to the very end, and the last may not have been taken.
        case pending
    }

    /// The endings that are right.
    let endings: Set<Ending>
    /// The number of retries that is right; `nil` where the task may have ended before all of them.
    let retried: Int?

    /// Works out the endings of a task.
    ///
    /// - Parameters:
    ///   - plan: What it does when nobody disturbs it.
    ///   - mayBeCancelled: Whether somebody asked to cancel it.
    ///   - mayBePoison: Whether it was in flight in so many crashes that it may be archived as the cause of them.
    init(_ plan: TaskPlan, mayBeCancelled: Bool, mayBePoison: Bool) {
        guard plan.group == nil else {
            endings = mayBeCancelled ? [.joined, .staged, .archived] : [.joined, .staged]
            retried = 0
            return
        }
        let failures = plan.behaviour.kind == .fail ? plan.behaviour.times : 0
        let failsForGood = plan.behaviour.kind == .skipRetry || failures > plan.maxRetry
        let isDisturbed = mayBeCancelled || mayBePoison
        let undisturbed: Ending = failsForGood ? .archived : .succeeded
        var endings: Set<Ending> = isDisturbed ? [undisturbed, .archived] : [undisturbed]
        if plan.expiresInSeconds != nil { endings.insert(.dropped) }
        if plan.isPeriodic { endings.insert(.pending) }
        self.endings = endings
        retried = isDisturbed || plan.expiresInSeconds != nil ? nil : min(failures, plan.maxRetry)
    }
}
