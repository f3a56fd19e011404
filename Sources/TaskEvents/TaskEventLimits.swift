/// The sizes and rates of events, with the reason of each.
package enum TaskEventLimits {
    /// The largest `seq`: beyond it Lua and many JSON readers do not count exactly.
    package static let maxSeq = 1 << 53
    /// The largest event in bytes (`interfaces.md`, section 3).
    package static let maxEventBytes = 64 * 1024
    /// The largest `result` of a `finished` event in bytes (`interfaces.md`, section 3).
    package static let maxResultBytes = 8 * 1024
    /// The longest text of a log line or an error in bytes; an error is read by a person, and 8 KiB fill a screen.
    package static let maxTextBytes = 8 * 1024
    /// The most validation messages in one event (`interfaces.md`, section 3).
    package static let maxMessagesPerEvent = 100
    /// How long validation messages wait for company: half of the 100 ms they may take, the rest is for the round trip.
    package static let errorWindow: Duration = .milliseconds(50)
    /// The time between two progress events: 8 a second, so that the last ones of ended phases stay within 10.
    package static let progressInterval: Duration = .milliseconds(125)
    /// About how many of a task's newest events the stream keeps.
    package static let streamLength = 10_000
    /// How long a task's events outlive its last one.
    package static let lifetime: Duration = .seconds(24 * 60 * 60)
    /// The longest wait for a task's next try that its numbering is kept for, in seconds: 30 days.
    package static let maxRetryDelaySeconds: Double = 30 * 24 * 60 * 60
    /// The most events one script call publishes: Redis serves nobody else meanwhile (about 10 µs an event).
    package static let maxEventsPerCall = 64
    /// The most event bytes in one script call.
    package static let maxBytesPerCall = 512 * 1024
    /// The most log events that wait while Redis is away; later ones are dropped and counted.
    package static let maxWaitingLogs = 500
    /// How long a reporter tries to publish without any success before it drops what waits.
    package static let giveUpAfter: Duration = .seconds(60 * 60)
}
