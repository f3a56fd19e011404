import Dispatch
import Glibc
import Synchronization

/// Hears a signal in place of what the signal does by itself, from the moment this is made on.
///
/// Dispatch listens only some time after its source was activated, and a signal that comes before would be lost. Until then a
/// handler of our own notes it.
package final class SignalSource: Sendable {
    /// The signals that came before Dispatch listened, a bit each.
    private static let early = Atomic<UInt64>(0)

    private let number: Int32
    private let source: LockedValue<any DispatchSourceSignal>

    /// Listens.
    ///
    /// - Parameters:
    ///   - number: The signal, such as `SIGTERM`.
    ///   - handler: Called once for each signal, on some thread; signals that come at the same time may count as one.
    package init(_ number: Int32, handler: @escaping @Sendable () -> Void) {
        precondition((1...63).contains(number), "signals are numbered from 1 to 63")
        self.number = number
        let bit = UInt64(1) << UInt64(number)
        // It must exist before a signal may come: what a handler may do does not include making it.
        Self.early.bitwiseAnd(~bit, ordering: .relaxed)
        signal(number) { number in
            SignalSource.early.bitwiseOr(UInt64(1) << UInt64(number), ordering: .relaxed)
        }
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler(handler: handler)
        source.setRegistrationHandler { @Sendable in
            // From here on Dispatch's handler has taken the place of ours.
            if Self.early.bitwiseAnd(~bit, ordering: .relaxed).oldValue & bit != 0 { handler() }
        }
        source.activate()
        self.source = LockedValue(source)
    }

    /// Stops listening; the signal is ignored from here on.
    package func cancel() {
        source.withLock { $0.cancel() }
        signal(number, SIG_IGN)
    }
}
