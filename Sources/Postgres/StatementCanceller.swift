import CLibPQ
import ConcurrencySupport
import Dispatch

/// Ends the statement in flight on one connection from any thread, and never the one after it.
///
/// A cancel request travels on a connection of its own and may come before the statement it is for, when the server
/// ignores it. So it is repeated until the statement has ended, and the connection waits for the last request to have been
/// answered before it runs anything else.
final class StatementCanceller: @unchecked Sendable {
    // @unchecked: `PQcancel` may be called from any thread (libpq manual, 34.7); the pointer is freed with the last owner.
    private static let repeatInterval = DispatchTimeInterval.milliseconds(200)
    /// The size libpq's manual names for the error text of `PQcancel`.
    private static let errorTextSize = 256

    /// One statement's life, as the canceller sees it.
    private struct Flight {
        let ended = DispatchSemaphore(value: 0)
        let requestsDone = DispatchSemaphore(value: 0)
        var isCancelling = false
    }

    private let handle: OpaquePointer
    private let flight = LockedValue<Flight?>(nil)

    init(owning handle: OpaquePointer) {
        self.handle = handle
    }

    deinit { PQfreeCancel(handle) }

    /// Says that a statement is about to be sent.
    func statementStarts() {
        flight.withLock { $0 = Flight() }
    }

    /// Says that the statement has ended; blocks until no cancel request is under way.
    func statementEnded() {
        let ended = flight.withLock { current in
            defer { current = nil }
            return current
        }
        guard let ended, ended.isCancelling else { return }
        ended.ended.signal()
        ended.requestsDone.wait()
    }

    /// Asks the server to end the statement in flight, if there is one.
    ///
    /// Does not block.
    func cancel() {
        let cancelled = flight.withLock { current -> Flight? in
            guard let flight = current, !flight.isCancelling else { return nil }
            current?.isCancelling = true
            return flight
        }
        guard let cancelled else { return }
        DispatchQueue.global().async { [self] in
            repeat {
                var text = [CChar](repeating: 0, count: Self.errorTextSize)
                _ = PQcancel(handle, &text, Int32(text.count))
            } while cancelled.ended.wait(timeout: .now() + Self.repeatInterval) == .timedOut
            cancelled.requestsDone.signal()
        }
    }
}
