/// The names that events go by in Redis: channels and keys (`interfaces.md`, sections 3 and 4).
///
/// Task ids are unique per queue only, so a task is always named by both. The keys of a task share the slot of its
/// queue; channels are no keys and have no slot.
package enum TaskEventKeys {
    /// The channel of every event.
    package static let allChannel = "schedcu:events"

    /// The channel of one task's events.
    package static func taskChannel(queue: String, taskID: String) -> String {
        "schedcu:events:task:\(queue):\(taskID)"
    }

    /// The channel of one hospital's events.
    package static func hospitalChannel(_ code: String) -> String {
        "schedcu:events:hospital:\(code)"
    }

    /// The stream of one task's newest events; the entry of event `seq` has the id `<seq>-0` and one field,
    /// ``eventField``.
    package static func stream(queue: String, taskID: String) -> String {
        "schedcu:{\(queue)}:events:\(taskID)"
    }

    /// The hash that numbers one task's events.
    ///
    /// Field `seq` is the last number given out, which a trimmed stream could not tell; each other field is a
    /// reporter's token, and its value `<n>:<seq>` says that the reporter's events up to its own number n are
    /// published, the last as event seq. At most 16 reporters are remembered, those that published last. It lives as
    /// long as the stream, and past a task's next try when that is announced.
    package static func sequence(queue: String, taskID: String) -> String {
        "schedcu:{\(queue)}:events-seq:\(taskID)"
    }

    /// The field of a stream entry that holds the event's JSON.
    package static let eventField = "event"
}
