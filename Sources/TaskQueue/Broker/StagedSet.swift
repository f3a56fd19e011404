package import Foundation

/// Members of one group that were taken out of it to be joined into one task.
///
/// Whoever staged it has until its deadline; then any server of the fleet, Go's included, puts the members back.
package struct StagedSet: Sendable, Hashable {
    /// The queue.
    package let queue: String
    /// The group that the members came from.
    package let group: String
    /// A UUID in lower case, new for each set.
    package let id: String
    /// When others may put the members back, to the second.
    package let deadline: Date

    /// How long the owner has: 2 minutes, as asynq fixes it.
    package static let lifeSeconds: Int64 = 120

    /// Names a set.
    package init(queue: String, group: String, id: String, deadline: Date) {
        self.queue = queue
        self.group = group
        self.id = id
        self.deadline = deadline
    }
}

/// What came of replacing a set's members by one task.
package enum SetOutcome: Sendable, Equatable {
    /// The task is there, and the members are gone.
    case joined
    /// The set is not as it was read: it was finished or put back before, or a member was changed by a tool; nothing was done.
    case superseded
    /// A task outside the set holds the new task's unique lock; nothing was done.
    case duplicate
    /// The new task's id is taken; nothing was done.
    case taskIDConflict
}
