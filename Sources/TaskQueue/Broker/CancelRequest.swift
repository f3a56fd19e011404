/// A running task that is to be cancelled for good.
package struct CancelRequest: Sendable, Hashable {
    /// The queue's name.
    package let queue: String
    /// The task's id.
    package let id: String

    /// Names a task.
    package init(queue: String, id: String) {
        self.queue = queue
        self.id = id
    }
}
