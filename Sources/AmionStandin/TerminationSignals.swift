import ConcurrencySupport
import Glibc

/// SIGTERM and SIGINT as something to wait for, in place of the end of the process.
struct TerminationSignals {
    /// One element for each signal that has come.
    let arrivals: AsyncStream<Void>
    private let sources: [SignalSource]

    /// From here on the two signals no longer end the process by themselves.
    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        arrivals = stream
        sources = [SIGTERM, SIGINT].map { number in SignalSource(number) { continuation.yield() } }
    }

    /// Stops listening for the signals; they stay ignored.
    func cancel() { sources.forEach { $0.cancel() } }
}
