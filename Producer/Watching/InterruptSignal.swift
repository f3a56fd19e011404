import ConcurrencySupport
import Glibc

/// SIGINT as something to wait for, in place of the end of the process.
struct InterruptSignal {
    /// One element for each signal that has come.
    let arrivals: AsyncStream<Void>
    private let source: SignalSource

    /// From here on the signal does not end the process by itself.
    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        arrivals = stream
        source = SignalSource(SIGINT) { continuation.yield() }
    }

    /// Lets the signal end the process again.
    func cancel() {
        source.cancel()
        signal(SIGINT, SIG_DFL)
    }
}
