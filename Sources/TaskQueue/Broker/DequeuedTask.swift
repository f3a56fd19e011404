package import Foundation

/// A task just taken from its queue.
package struct DequeuedTask: Sendable {
    /// The right to write its outcome.
    package let run: TaskRun
    /// When the lease ends unless it is extended.
    package let leaseExpiresAt: Date
    /// How often the task was delivered to one of our workers, this time included; rescues count.
    package let deliveries: Int
    /// How many workers of ours died within the last 24 h while they had the task.
    package let crashes: Int
    /// What is to be heeded of it beyond its message.
    package let options: StoredOptions

    /// Names a delivery.
    package init(
        run: TaskRun, leaseExpiresAt: Date, deliveries: Int, crashes: Int = 0, options: StoredOptions = StoredOptions()
    ) {
        self.run = run
        self.leaseExpiresAt = leaseExpiresAt
        self.deliveries = deliveries
        self.crashes = crashes
        self.options = options
    }

    /// Whether the task may be what kills its workers, and so must be the only one of its process (I8).
    package var mustRunAlone: Bool { crashes >= 2 }
}
