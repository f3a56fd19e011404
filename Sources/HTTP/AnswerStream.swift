import ConcurrencySupport

/// The answer of one transfer on its way from the loop's thread to the task that reads it.
///
/// The writing side never waits: it asks ``isFull()`` after each step and stops the transfer. The reading side is one task
/// at a time.
final class AnswerStream: Sendable {
    /// How many unread bytes stop the transfer; enough that a reader never waits for the network without need.
    static let highWater = 256 * 1024

    private typealias HeadWaiter = CheckedContinuation<Result<TransferHead, HTTPError>, Never>
    private typealias PieceWaiter = CheckedContinuation<Result<[UInt8]?, HTTPError>, Never>

    private struct State: Sendable {
        var head: TransferHead?
        var unread: [UInt8] = []
        /// Whether the transfer was told to stand still.
        var isPaused = false
        var end: Result<Void, HTTPError>?
        var headWaiter: HeadWaiter?
        var pieceWaiter: PieceWaiter?

        /// What a reader of the body gets without waiting; `nil` when it has to wait.
        mutating func takePiece() -> Result<[UInt8]?, HTTPError>? {
            guard unread.isEmpty else {
                defer { unread = [] }
                return .success(unread)
            }
            return end?.map { nil }
        }
    }

    private let state = LockedValue(State())
    private let headless: HTTPError

    /// Makes an answer of which nothing has come.
    ///
    /// - Parameter url: Where it comes from, redacted.
    init(url: String) {
        headless = HTTPError(.protocolError, url: url, message: "the answer ended before its header")
    }

    // MARK: The loop's thread

    /// Hands over the status and the header fields; call it once, before the first ``append(_:)``.
    func open(_ head: TransferHead) {
        let waiter = state.withLock { state in
            state.head = head
            defer { state.headWaiter = nil }
            return state.headWaiter
        }
        waiter?.resume(returning: .success(head))
    }

    /// Hands over decompressed bytes of the body.
    func append(_ bytes: UnsafeRawBufferPointer) {
        let (waiter, piece) = state.withLock { state in
            guard state.end == nil, !bytes.isEmpty else { return (nil, nil) as (PieceWaiter?, [UInt8]?) }
            guard let waiter = state.pieceWaiter else {
                state.unread.append(contentsOf: bytes)
                return (nil, nil)
            }
            state.pieceWaiter = nil
            return (waiter, Array(bytes))
        }
        if let waiter { waiter.resume(returning: .success(piece)) }
    }

    /// Whether the transfer has to stand still now; `true` once for each time that ``next()`` reports it.
    func isFull() -> Bool {
        state.withLock { state in
            guard state.unread.count >= Self.highWater, !state.isPaused else { return false }
            state.isPaused = true
            return true
        }
    }

    // MARK: Either side

    /// Ends the answer; only the first end counts.
    ///
    /// What arrived before a failure can still be read, but not after a cancellation.
    func finish(_ end: Result<Void, HTTPError>) {
        let (headWaiter, pieceWaiter) = state.withLock { state -> (HeadWaiter?, PieceWaiter?) in
            guard state.end == nil else { return (nil, nil) }
            state.end = end
            if case .failure(let error) = end, error.code == .cancelled { state.unread = [] }
            defer { (state.headWaiter, state.pieceWaiter) = (nil, nil) }
            return (state.headWaiter, state.pieceWaiter)
        }
        headWaiter?.resume(returning: end.flatMap { .failure(headless) })
        pieceWaiter?.resume(returning: end.map { nil })
    }

    // MARK: The reader

    /// Waits for the status and the header fields.
    func head() async -> Result<TransferHead, HTTPError> {
        await withCheckedContinuation { waiter in
            let ready = state.withLock { state -> Result<TransferHead, HTTPError>? in
                if case .failure(let error) = state.end, error.code == .cancelled { return .failure(error) }
                if let head = state.head { return .success(head) }
                if let end = state.end { return end.flatMap { .failure(headless) } }
                precondition(state.headWaiter == nil, "two tasks wait for one answer")
                state.headWaiter = waiter
                return nil
            }
            if let ready { waiter.resume(returning: ready) }
        }
    }

    /// How many bytes wait to be read.
    var unreadCount: Int { state.withLock { $0.unread.count } }

    /// Waits for more of the body.
    ///
    /// - Returns: All bytes that wait, or `nil` at the end of the body; and whether the transfer was stopped by ``isFull()``
    ///   and has to go on.
    func next() async -> (piece: Result<[UInt8]?, HTTPError>, wasFull: Bool) {
        let piece = await withCheckedContinuation { waiter in
            let ready = state.withLock { state -> Result<[UInt8]?, HTTPError>? in
                if let piece = state.takePiece() { return piece }
                precondition(state.pieceWaiter == nil, "two tasks read one body")
                state.pieceWaiter = waiter
                return nil
            }
            if let ready { waiter.resume(returning: ready) }
        }
        let wasFull = state.withLock { state in
            defer { state.isPaused = false }
            return state.isPaused
        }
        return (piece, wasFull)
    }
}
