/// The task cannot be done now and is to come again later: no failure, and no retry is counted.
///
/// It waits in the retry set with its message as it is, and may be released as often as the handler likes. A task that
/// somebody cancelled for good meanwhile is archived instead.
public struct ReleaseTask: Error, Sendable, CustomStringConvertible {
    /// How long it waits at least: what the wire holds is the whole second after.
    ///
    /// A negative wait counts as none.
    public let delay: Duration

    /// The text to log and to show.
    public var description: String { "release the task" }

    /// Names the wait.
    public init(after delay: Duration) {
        self.delay = max(.zero, delay)
    }
}

/// No worker took the task in time.
struct PendingExpired: Error {}
