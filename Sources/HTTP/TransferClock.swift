/// Decides when a transfer has waited too long for the header of its answer or for more of it.
///
/// The limits for connecting and for the whole transfer are libcurl's.
struct TransferClock {
    private let idleLimit: Duration
    private let headerLimit: Duration
    private var headerDeadline: ContinuousClock.Instant?
    private var lastProgress: ContinuousClock.Instant
    private var isStopped = false

    /// Makes the clock of a transfer that begins.
    ///
    /// - Parameters:
    ///   - header: From the start to the end of the header.
    ///   - idle: From one sign of life to the next.
    ///   - startedAt: When it begins.
    init(header: Duration, idle: Duration, startedAt: ContinuousClock.Instant) {
        headerLimit = header
        idleLimit = idle
        headerDeadline = startedAt + header
        lastProgress = startedAt
    }

    /// The earliest moment at which ``verdict(at:)`` may change; `nil` while stopped.
    var deadline: ContinuousClock.Instant? {
        guard !isStopped else { return nil }
        let idle = lastProgress + idleLimit
        return headerDeadline.map { min($0, idle) } ?? idle
    }

    /// Which limit has passed, in words; `nil` for none.
    func verdict(at now: ContinuousClock.Instant) -> String? {
        guard !isStopped else { return nil }
        if let headerDeadline, now >= headerDeadline { return "no complete header came within \(headerLimit)" }
        return now >= lastProgress + idleLimit ? "nothing came for \(idleLimit)" : nil
    }

    /// Notes that something of the answer came, or that the transfer goes on.
    mutating func note(progressAt now: ContinuousClock.Instant) {
        lastProgress = now
        isStopped = false
    }

    /// From here on only pauses count.
    mutating func headerIsComplete() { headerDeadline = nil }

    /// Stands still until ``note(progressAt:)``, because the reader and not the server is slow.
    mutating func stop() { isStopped = true }
}
