/// What a handler says of one of its runs, in the list ``key``, before the server can write the run's outcome.
package struct RunRecord: Sendable, Hashable, CustomStringConvertible {
    /// What happened.
    package enum Event: String, Sendable {
        /// The handler was called.
        case started
        /// It is about to return.
        case succeeded
        /// It is about to throw an error that may be retried.
        case failed
        /// It is about to throw an error that may not be retried.
        case skipped
        /// It was cancelled and is about to throw.
        case cancelled
        /// It is about to ask for its task to come again later.
        case released
    }

    /// LIST of all records, in the order in which Redis got them; outside of the product's names.
    package static let key = "test:runs"

    /// What happened.
    package let event: Event
    /// The task's id, without spaces.
    package let task: String
    /// Which delivery of the task it is, from 1: with the id it names a run.
    package let delivery: Int
    /// The worker's process.
    package let processID: Int32

    /// Describes a moment of a run.
    package init(_ event: Event, task: String, delivery: Int, processID: Int32) {
        self.event = event
        self.task = task
        self.delivery = delivery
        self.processID = processID
    }

    /// Reads what ``description`` wrote; `nil` for any other text.
    package init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 4, let event = Event(rawValue: String(words[0])), let delivery = Int(words[2]),
            let processID = Int32(words[3])
        else { return nil }
        self.init(event, task: String(words[1]), delivery: delivery, processID: processID)
    }

    /// Event, task, delivery and process, as in the list.
    package var description: String { "\(event.rawValue) \(task) \(delivery) \(processID)" }
}
