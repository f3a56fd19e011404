import Foundation

/// How a periodic task's entry is named: the name under which its history of enqueued tasks is kept.
public enum PeriodicEntryID: Sendable, Hashable {
    /// Made of the spec, the task and the options: the same after a restart and in every scheduler of a fleet.
    ///
    /// It has a UUID's form. Equal entries of one scheduler get different ones, always the same set.
    case derived
    /// The given text, never blank; it stays the same when the entry is changed.
    case fixed(String)
    /// A random UUID at each registration, as in asynq; its history goes when the scheduler shuts down.
    case fresh

    /// The id of the `ordinal`-th, from 0, of several entries that are equal.
    static func derived(
        spec: String, task: QueueTask, options: EnqueueOptions, ordinal: Int = 0
    ) -> String {
        var content: [UInt8] = []
        // Each part carries its length, so that no two different lists of parts read the same.
        func add(_ bytes: some Collection<UInt8>) { content += Array("\(bytes.count):".utf8) + Array(bytes) }
        add(spec.utf8)
        add(task.type.utf8)
        if let payload = task.payload { add(payload) }
        for option in options.notation(headers: task.headers) { add(option.utf8) }
        if ordinal > 0 { add("#\(ordinal)".utf8) }
        return uuid(of: content)
    }

    /// A UUID that is always the same for the same bytes.
    static func uuid(of content: [UInt8]) -> String {
        var hex = Array(MD5.hexDigest(of: content))
        // RFC 4122, version 3: a name hashed with MD5.
        hex[12] = "3"
        hex[16] = Array("89ab")[(hex[16].hexDigitValue ?? 0) & 3]
        for position in [20, 16, 12, 8] { hex.insert("-", at: position) }
        return String(hex)
    }
}
