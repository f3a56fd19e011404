/// What a task of the fault test makes its handler do; it travels as the payload.
package struct TaskBehaviour: Sendable, Hashable, CustomStringConvertible {
    /// The kinds of behaviour.
    package enum Kind: String, Sendable, CaseIterable {
        /// Works for its time, heeding cancellation, and succeeds.
        case succeed
        /// Fails until it was retried ``TaskBehaviour/times`` times, then succeeds.
        case fail
        /// Fails so that it is archived at once.
        case skipRetry
        /// Works for its time whatever happens, and succeeds.
        case deaf
        /// Kills its own process in its first ``TaskBehaviour/times`` deliveries, then succeeds.
        case crash
        /// Waits for ever in each run before it was retried ``TaskBehaviour/times`` times, until it is cancelled; then as
        /// ``succeed``.
        case hold
    }

    /// What it does.
    package let kind: Kind
    /// How often it fails, kills or waits for ever, from 0.
    package let times: Int
    /// How long each run works before it ends, milliseconds.
    package let milliseconds: Int

    /// Describes a behaviour.
    package init(_ kind: Kind, times: Int = 0, milliseconds: Int = 0) {
        self.kind = kind
        self.times = times
        self.milliseconds = milliseconds
    }

    /// Reads a behaviour from a payload; `nil` for any other bytes.
    package init?(payload: [UInt8]) {
        let words = String(decoding: payload, as: UTF8.self).split(separator: " ")
        guard words.count == 3, let kind = Kind(rawValue: String(words[0])), let times = Int(words[1]),
            let milliseconds = Int(words[2])
        else { return nil }
        self.init(kind, times: times, milliseconds: milliseconds)
    }

    /// The bytes that ``init(payload:)`` reads.
    package var payload: [UInt8] { Array(description.utf8) }

    /// Kind, times and milliseconds, as in the payload.
    package var description: String { "\(kind.rawValue) \(times) \(milliseconds)" }
}
