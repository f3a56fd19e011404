/// The hash field `schedcu:owner`, `<worker id>|<run token>|<lease>|<deliveries>`.
struct OwnerField: Sendable, Equatable {
    /// Worker id and run token: a run's right to write.
    let owner: String
    /// The worker; a host's name may hold bars itself.
    let workerID: String
    /// The lease that the owner wrote last, Unix seconds as text.
    let lease: String

    /// Reads the field; `nil` when there is none or it cannot be read.
    init?(_ bytes: [UInt8]?) {
        guard let bytes else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: "|", omittingEmptySubsequences: false)
        guard parts.count >= 4 else { return nil }
        owner = parts.dropLast(2).joined(separator: "|")
        workerID = parts.dropLast(3).joined(separator: "|")
        lease = String(parts[parts.count - 2])
    }
}
