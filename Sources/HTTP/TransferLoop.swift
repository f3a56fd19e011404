import ConcurrencySupport
import Dispatch

/// The one thread that drives libcurl for a client.
///
/// Requests and cancellations come through a mailbox; nothing of libcurl but its wake-up call is touched outside the
/// thread. The thread ends after ``close()`` or ``closeSoon()``.
final class TransferLoop: Sendable {
    private enum Command: Sendable {
        case start(id: UInt64, request: TransferRequest, stream: AnswerStream)
        case cancel(id: UInt64)
        case resume(id: UInt64)
    }

    private struct Mailbox: Sendable {
        var commands: [Command] = []
        var nextID: UInt64 = 1
        var waker: LoopWaker?
        var isClosing = false
        var hasEnded = false
        var closeWaiters: [CheckedContinuation<Void, Never>] = []
    }

    private let mailbox = LockedValue(Mailbox())

    /// Starts the thread.
    init(maxConnectionsPerHost: Int) {
        DispatchQueue(label: "http.transfers").async { self.run(maxConnectionsPerHost: maxConnectionsPerHost) }
    }

    /// Begins one request, without following redirects.
    ///
    /// - Parameter request: A request that the policy lets through.
    /// - Returns: The answer to wait for; ``HTTPError/Code/cancelled`` when the loop is closed.
    func start(_ request: TransferRequest) -> OpenTransfer {
        let id = mailbox.withLock { box in
            defer { box.nextID += 1 }
            return box.nextID
        }
        let stream = AnswerStream(url: request.url.redacted)
        if !post(.start(id: id, request: request, stream: stream)) {
            stream.finish(
                .failure(HTTPError(.cancelled, url: request.url.redacted, message: "the client is closed")))
        }
        return OpenTransfer(id: id, request: request, stream: stream, loop: self)
    }

    /// Stops a transfer soon; one that has ended already is left alone.
    func cancel(_ id: UInt64) { post(.cancel(id: id)) }

    /// Lets a transfer go on that was stopped for its reader.
    func resume(_ id: UInt64) { post(.resume(id: id)) }

    /// Cancels what runs and waits until the thread has let go of every connection.
    func close() async {
        closeSoon()
        await withCheckedContinuation { waiter in
            let hasEnded = mailbox.withLock { box in
                if !box.hasEnded { box.closeWaiters.append(waiter) }
                return box.hasEnded
            }
            if hasEnded { waiter.resume() }
        }
    }

    /// Does what ``close()`` does, without waiting for it.
    func closeSoon() {
        mailbox.withLock { box in
            box.isClosing = true
            box.waker?.wake()
        }
    }

    @discardableResult
    private func post(_ command: Command) -> Bool {
        mailbox.withLock { box in
            guard !box.isClosing else { return false }
            box.commands.append(command)
            box.waker?.wake()
            return true
        }
    }

    private func run(maxConnectionsPerHost: Int) {
        if let engine = TransferEngine(maxConnectionsPerHost: maxConnectionsPerHost) {
            mailbox.withLock { $0.waker = engine.waker }
            while handOver(to: engine) {
                if engine.step(), engine.wait() { continue }
                engine.endAll { HTTPError(.protocolError, url: $0, message: "libcurl stopped working") }
                break
            }
            withExtendedLifetime(engine) { mailbox.withLock { $0.waker = nil } }  // before the multi handle goes away
        }
        let (leftOver, waiters) = mailbox.withLock { box in
            box.isClosing = true
            box.hasEnded = true
            defer {
                box.commands = []
                box.closeWaiters = []
            }
            return (box.commands, box.closeWaiters)
        }
        for case .start(_, let request, let stream) in leftOver {
            let error = HTTPError(
                .protocolError, url: request.url.redacted, message: "libcurl could not be started or stopped working")
            stream.finish(.failure(error))
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Gives the engine what has come since the last time; `false` when the loop is to end.
    private func handOver(to engine: TransferEngine) -> Bool {
        let (commands, isClosing) = mailbox.withLock { box in
            defer { box.commands = [] }
            return (box.commands, box.isClosing)
        }
        for command in commands {
            switch command {
            case .start(let id, let request, let stream): engine.start(request, id: id, stream: stream)
            case .cancel(let id): engine.cancel(id)
            case .resume(let id): engine.resume(id)
            }
        }
        return !isClosing
    }
}
