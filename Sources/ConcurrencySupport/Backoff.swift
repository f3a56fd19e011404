/// How long to wait before the next try: doubling from a base to a limit, spread by jitter.
///
/// Pure: the random number is passed in, so that tests can name it.
package struct Backoff: Sendable, Equatable {
    /// The wait after the first failure, before jitter.
    package let base: Duration
    /// The longest wait, before jitter.
    package let limit: Duration
    /// The share by which a wait may be longer or shorter, 0 to 1; 0.2 is ± 20 %.
    package let jitter: Double

    /// For reconnecting to a server: 50 ms, 100 ms, … 500 ms, each ± 20 %.
    ///
    /// The limit bounds how long workers that lost the same server differ in coming back to it.
    package static let reconnecting = Backoff(base: .milliseconds(50), limit: .milliseconds(500))

    /// Makes a schedule; the default jitter is ± 20 %.
    package init(base: Duration, limit: Duration, jitter: Double = 0.2) {
        precondition(base > .zero && limit >= base, "a backoff needs 0 < base <= limit")
        precondition((0...1).contains(jitter), "jitter is a share from 0 to 1")
        self.base = base
        self.limit = limit
        self.jitter = jitter
    }

    /// The wait before try number `failures` + 1.
    ///
    /// - Parameters:
    ///   - failures: Consecutive failures so far, counted from 1.
    ///   - random: A number from 0 to 1 that places the wait inside the jitter's range.
    /// - Returns: The wait, at most ``limit`` lengthened by ``jitter``.
    package func delay(afterFailures failures: Int, random: Double = .random(in: 0...1)) -> Duration {
        precondition(failures >= 1, "a backoff starts after the first failure")
        var delay = base
        for _ in 1..<failures {
            guard delay < limit else { break }
            delay *= 2
        }
        return min(delay, limit) * (1 + jitter * (2 * random - 1))
    }
}
