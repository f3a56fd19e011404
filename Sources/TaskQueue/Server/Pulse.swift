/// A server's heartbeats, as it knows of them itself.
///
/// Pure.
struct Pulse: Sendable, Equatable {
    /// How many were begun.
    private(set) var begun = 0
    /// The number of the last that the store answered, counted from 1; 0 before the first.
    private(set) var answered = 0
    /// When the first was answered of those that were all answered in time; `nil` when the last was not.
    private(set) var unbrokenSince: ContinuousClock.Instant?
    private var lastAnswer: ContinuousClock.Instant?

    /// A heartbeat is about to be sent.
    mutating func begin() { begun += 1 }

    /// The store answered it.
    ///
    /// - Parameters:
    ///   - now: The moment.
    ///   - longest: How long after the one before it the answer may come; longer, and the store or this process was away.
    mutating func answer(at now: ContinuousClock.Instant, longest: Duration) {
        answered = begun
        if let last = lastAnswer, now - last > longest { unbrokenSince = nil }
        unbrokenSince = unbrokenSince ?? now
        lastAnswer = now
    }

    /// It could not be sent, or no answer came.
    mutating func fail() { unbrokenSince = nil }
}
