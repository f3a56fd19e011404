import Foundation

/// An event that waits to be published: complete but for its `seq`, which the script gives it.
struct PendingEvent: Sendable, Equatable {
    /// The reporter's own number of the event, from 1, rising; with the reporter's token it makes a repeat
    /// recognisable.
    let number: Int
    /// What it tells.
    let kind: TaskEvent.Kind
    /// The JSON before the number of `seq`.
    let prefix: [UInt8]
    /// The JSON after the number of `seq`.
    let suffix: [UInt8]
    /// How long the task's numbering must outlive this event.
    let lifetime: Duration

    /// The most digits that `seq` takes.
    static let seqDigits = 19

    /// The size of the JSON in bytes with the longest `seq`.
    var size: Int { prefix.count + suffix.count + Self.seqDigits }
}
