package import Foundation

/// What our workers heed of a task beyond asynq's fields; it is stored beside the message, where Go leaves it alone.
///
/// In the hash it is the field `schedcu:options`, there only when there is something to heed: `1;`, then each part with a
/// semicolon after it. 1 is the version of this form; of another version nothing is heeded, and parts that are not known are
/// passed over. `u`: ``releasesLockOnArchive`` · `e=<Unix seconds>`: ``expiresAtUnixSeconds`` · `r=…`: ``retryDelays`` ·
/// `a=<seconds>`: ``archiveSeconds``.
package struct StoredOptions: Sendable, Hashable {
    /// By when a worker must have taken the task; later it is dropped.
    package var expiresAtUnixSeconds: Int64?
    /// How long it waits after failures.
    package var retryDelays: RetryDelays?
    /// Whether its unique lock goes when it is archived.
    package var releasesLockOnArchive = false
    /// How long it is kept once it is archived.
    package var archiveSeconds: Int64?

    /// Nothing to heed.
    package init() {}

    /// Reads the field; `nil` and what cannot be read is nothing to heed.
    package init(_ bytes: [UInt8]?) {
        guard let bytes else { return }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: ";", omittingEmptySubsequences: false)
        guard parts.first == "1" else { return }
        for part in parts.dropFirst() {
            if part == "u" { releasesLockOnArchive = true }
            if part.hasPrefix("e=") { expiresAtUnixSeconds = Int64(part.dropFirst(2)) }
            if part.hasPrefix("r=") { retryDelays = RetryDelays(text: part.dropFirst(2)) }
            if part.hasPrefix("a=") { archiveSeconds = Int64(part.dropFirst(2)) }
        }
    }

    /// The field's text; `nil` when there is nothing to heed.
    package var text: String? {
        guard self != StoredOptions() else { return nil }
        var text = "1;"
        if releasesLockOnArchive { text += "u;" }
        if let expiresAtUnixSeconds { text += "e=\(expiresAtUnixSeconds);" }
        if let retryDelays { text += "r=\(retryDelays.text);" }
        if let archiveSeconds { text += "a=\(archiveSeconds);" }
        return text
    }

    /// Whether the task's time to be taken is over.
    package func isExpired(at now: Date) -> Bool {
        expiresAtUnixSeconds.map { Date(timeIntervalSince1970: Double($0)) <= now } ?? false
    }
}

extension TaskField {
    /// ``StoredOptions``.
    static let options = "schedcu:options"
    /// There once somebody waits for the task's end.
    static let waited = "schedcu:waited"
}

/// A task to be created with all that is known of it.
package struct TaskCreation: Sendable {
    /// The task; its `uniqueKey` is the lock's key when ``uniqueFor`` is given.
    package let message: TaskMessage
    /// Where it starts.
    package let placement: TaskPlacement
    /// How long the unique lock may outlive now (for a scheduled task: its process-at); `nil` takes no lock.
    package let uniqueFor: Duration?
    /// What our workers heed beyond the message.
    package let options: StoredOptions

    /// Describes what is to be created.
    package init(
        message: TaskMessage, placement: TaskPlacement = .pending, uniqueFor: Duration? = nil,
        options: StoredOptions = StoredOptions()
    ) {
        self.message = message
        self.placement = placement
        self.uniqueFor = uniqueFor
        self.options = options
    }
}

/// How far a task is from its end.
package enum TaskEnding: Sendable, Equatable {
    /// It waits or runs.
    case notYet
    /// It succeeded and is kept, with what its handler stored.
    case completed(result: [UInt8]?)
    /// It failed for good; the text is the last error's.
    case archived(reason: String)
    /// There is no such task, or not any more.
    case gone
}
