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
        /// Asks for its task to come again later in its first ``TaskBehaviour/times`` deliveries, then as ``succeed``.
        case release
    }

    /// What it does.
    package let kind: Kind
    /// How often it fails, kills, waits for ever or asks for later, from 0.
    package let times: Int
    /// How long each run works before it ends, milliseconds.
    package let milliseconds: Int
    /// What the task is of: the ids of a group's tasks that it was joined of, its own id in a group, or a periodic entry's.
    ///
    /// Ids are without spaces and commas.
    package let origin: [String]

    /// Describes a behaviour.
    package init(_ kind: Kind, times: Int = 0, milliseconds: Int = 0, origin: [String] = []) {
        self.kind = kind
        self.times = times
        self.milliseconds = milliseconds
        self.origin = origin
    }

    /// Reads a behaviour from a payload; `nil` for any other bytes.
    package init?(payload: [UInt8]) {
        let words = String(decoding: payload, as: UTF8.self).split(separator: " ")
        guard (3...4).contains(words.count), let kind = Kind(rawValue: String(words[0])), let times = Int(words[1]),
            let milliseconds = Int(words[2])
        else { return nil }
        let origin = words.count == 4 ? words[3].split(separator: ",").map(String.init) : []
        self.init(kind, times: times, milliseconds: milliseconds, origin: origin)
    }

    /// What a task does that was joined of a group's tasks: it names them all.
    static func joined(of payloads: [[UInt8]]) -> TaskBehaviour {
        let origin = payloads.compactMap(TaskBehaviour.init(payload:)).flatMap(\.origin)
        return TaskBehaviour(.succeed, milliseconds: 20, origin: origin)
    }

    /// The bytes that ``init(payload:)`` reads.
    package var payload: [UInt8] { Array(description.utf8) }

    /// Kind, times, milliseconds and the origin if there is one, as in the payload.
    package var description: String {
        "\(kind.rawValue) \(times) \(milliseconds)" + (origin.isEmpty ? "" : " " + origin.joined(separator: ","))
    }
}
