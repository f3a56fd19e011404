/// A piece of work to be done later: what a producer hands in and what a handler is given.
public struct QueueTask: Sendable, Hashable {
    /// What kind of task it is; the handler is chosen by it.
    ///
    /// Never blank.
    public let type: String
    /// The producer's bytes; `nil` is an absent payload, which differs from an empty one in the unique key only.
    public let payload: [UInt8]?
    /// Text that travels beside the payload, such as a trace's.
    public let headers: [String: String]

    /// Describes a task; nothing is checked before it is enqueued.
    public init(type: String, payload: [UInt8]? = nil, headers: [String: String] = [:]) {
        self.type = type
        self.payload = payload
        self.headers = headers
    }
}
