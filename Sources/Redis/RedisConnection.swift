import ConcurrencySupport
import Dispatch

/// One socket's life: name look-up, connect, log-in, then bytes out and replies in, until it closes.
///
/// It shares the executor of the actor that owns it, and the two call each other without a hop (`assumeIsolated`).
actor RedisConnection {
    /// What the owner hears, on the executor, never from inside a call the owner makes.
    enum Event: Sendable {
        /// The log-in is done; ``write(_:)`` may be called.
        case ready
        /// Replies to what was written, in order.
        case replies([RedisReply])
        /// The output, of which a part had to wait, is written.
        case drained
        /// The connection is over; `written` counts the bytes of ``write(_:)`` that the system took.
        case closed(RedisError, written: Int)
    }

    private enum Phase { case resolving, connecting, loggingIn, ready, closed }

    private nonisolated let executor: DispatchExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let configuration: RedisConfiguration
    private let onEvent: @Sendable (Event) -> Void
    private var phase = Phase.resolving
    private var handshake: Handshake
    private var addresses: [SocketAddress] = []
    private var reader: ReplyReaderHandle
    private var socket: SocketHandle?
    private var readSource: (any DispatchSourceRead)?
    private var writeSource: (any DispatchSourceWrite)?
    private var output: [UInt8] = []
    private var outputStart = 0
    private var written = 0

    /// Makes a connection; ``connect()`` starts it.
    init(
        _ configuration: RedisConfiguration, name: String, executor: DispatchExecutor,
        onEvent: @escaping @Sendable (Event) -> Void
    ) throws(RedisError) {
        self.configuration = configuration
        self.executor = executor
        self.onEvent = onEvent
        handshake = Handshake(configuration, name: name)
        reader = try ReplyReaderHandle()
    }

    isolated deinit {
        readSource?.cancel()
        writeSource?.cancel()
    }

    /// How many bytes wait for the socket.
    var unsentByteCount: Int { output.count - outputStart }

    /// Starts; `.ready` or `.closed` follows within the configuration's `connectTimeout`.
    func connect() {
        let address = configuration.address
        // A name look-up may block for many seconds: it gets a thread of Dispatch's own, never the executor or the pool.
        DispatchQueue.global().async {
            let result = Result { () throws(RedisError) in try SocketAddress.resolve(address) }
            self.executor.dispatchQueue.async { self.assumeIsolated { $0.resolved(result) } }
        }
        let limit = MonotonicTime.now.advanced(by: configuration.connectTimeout)
        executor.dispatchQueue.asyncAfter(deadline: limit.dispatchTime) { [weak self] in
            self?.assumeIsolated { $0.connectTimeLimitReached() }
        }
    }

    /// Sends bytes, or as much of them as the socket takes now and the rest later.
    ///
    /// - Precondition: `.ready` was heard.
    func write(_ bytes: [UInt8]) {
        if unsentByteCount == 0 {
            output = bytes
            outputStart = 0
        } else {
            output.append(contentsOf: bytes)
        }
        flush()
    }

    /// Ends the connection without an event.
    func cancel() {
        phase = .closed
        readSource?.cancel()
        writeSource?.cancel()
        readSource = nil
        writeSource = nil
        socket?.shutDown()
        socket = nil
    }

    // MARK: Connecting

    private func resolved(_ result: Result<[SocketAddress], RedisError>) {
        guard phase == .resolving else { return }
        switch result {
        case .success(let found):
            addresses = found
            phase = .connecting
            tryNextAddress(after: RedisError(.connectFailed, "there is no address"))
        case .failure(let error): fail(error)
        }
    }

    private func tryNextAddress(after error: RedisError) {
        var error = error
        while !addresses.isEmpty {
            do {
                let socket = try SocketHandle(connectingTo: addresses.removeFirst())
                self.socket = socket
                waitUntilWritable(socket)
                return
            } catch let failure {
                error = failure
            }
        }
        fail(RedisError(.connectFailed, "connecting to \(configuration.place) failed: \(error.message)"))
    }

    private func connected(_ socket: SocketHandle) {
        do {
            try socket.checkConnected()
        } catch {
            self.socket = nil
            tryNextAddress(after: error)
            return
        }
        phase = .loggingIn
        watchInput(of: socket)
        for command in handshake.commands { command.encode(into: &output) }
        written = -output.count
        flush()
    }

    private func connectTimeLimitReached() {
        switch phase {
        case .ready, .closed: return
        case .resolving, .connecting, .loggingIn:
            let stage = phase == .loggingIn ? "it did not answer" : "it could not be reached"
            fail(
                RedisError(
                    .connectFailed,
                    "connecting to \(configuration.place) failed: \(stage) within \(configuration.connectTimeout)"))
        }
    }

    // MARK: Output

    private func waitUntilWritable(_ socket: SocketHandle) {
        let source = DispatchSource.makeWriteSource(fileDescriptor: socket.descriptor, queue: executor.dispatchQueue)
        source.setEventHandler { [weak self] in self?.assumeIsolated { $0.becameWritable(socket) } }
        // The handler holds the socket, so that it outlives its registration with the system.
        source.setCancelHandler { _ = socket }
        source.activate()
        writeSource = source
    }

    private func becameWritable(_ socket: SocketHandle) {
        writeSource?.cancel()
        writeSource = nil
        switch phase {
        case .connecting: connected(socket)
        case .loggingIn, .ready:
            flush()
            if phase == .ready, unsentByteCount == 0 { onEvent(.drained) }
        case .resolving, .closed: return
        }
    }

    private func flush() {
        guard let socket, writeSource == nil else { return }
        while outputStart < output.count {
            switch output.withUnsafeBytes({ socket.write(UnsafeRawBufferPointer(rebasing: $0[outputStart...])) }) {
            case .bytes(let count):
                outputStart += count
                written += count
            case .wouldBlock:
                waitUntilWritable(socket)
                return
            case .ended:
                failSoon("the server closed the connection")
                return
            case .failed(let code):
                failSoon(SocketHandle.systemMessage(code))
                return
            }
        }
        output = []
        outputStart = 0
    }

    /// Later, since the owner may be in the middle of a call.
    private func failSoon(_ reason: String) {
        executor.dispatchQueue.async { [weak self] in
            self?.assumeIsolated { $0.fail(RedisError(.connectionLost, reason)) }
        }
    }

    // MARK: Input

    private func watchInput(of socket: SocketHandle) {
        let source = DispatchSource.makeReadSource(fileDescriptor: socket.descriptor, queue: executor.dispatchQueue)
        source.setEventHandler { [weak self] in self?.assumeIsolated { $0.becameReadable(socket) } }
        source.setCancelHandler { _ = socket }
        source.activate()
        readSource = source
    }

    private static let readSize = 64 * 1024
    /// What one turn reads at most, so that output and timers get theirs under a flood: 1 MiB.
    private static let readsPerTurn = 16

    private func becameReadable(_ socket: SocketHandle) {
        guard phase == .loggingIn || phase == .ready else { return }
        var replies: [RedisReply] = []
        var failure: RedisError?
        do {
            failure = try read(from: socket, into: &replies)
        } catch {
            failure = error
        }
        deliver(replies)
        if let failure { fail(failure) }
    }

    /// - Returns: Why the stream is over, or `nil` while it is not.
    private func read(from socket: SocketHandle, into replies: inout [RedisReply]) throws(RedisError) -> RedisError? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readSize, alignment: 16)
        defer { buffer.deallocate() }
        for _ in 0..<Self.readsPerTurn {
            switch socket.read(into: buffer) {
            case .bytes(let count):
                try reader.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                while let reply = try reader.next() { replies.append(reply) }
                if count < buffer.count { return nil }
            case .wouldBlock: return nil
            case .ended: return RedisError(.connectionLost, "the server closed the connection")
            case .failed(let code): return RedisError(.connectionLost, SocketHandle.systemMessage(code))
            }
        }
        return nil
    }

    private func deliver(_ replies: [RedisReply]) {
        var rest = replies[...]
        while phase == .loggingIn, let reply = rest.popFirst() {
            switch handshake.received(reply) {
            case .more: continue
            case .failed(let error): fail(error)
            case .done:
                phase = .ready
                onEvent(.ready)
            }
        }
        if phase == .ready, !rest.isEmpty { onEvent(.replies(Array(rest))) }
    }

    private func fail(_ error: RedisError) {
        guard phase != .closed else { return }
        let wasReady = phase == .ready
        cancel()
        // Whatever ends a connection before it is ready is a failed connect to its owner.
        let reported =
            wasReady || error.code == .connectFailed
            ? error : RedisError(.connectFailed, "connecting to \(configuration.place) failed: \(error.message)")
        onEvent(.closed(reported, written: written))
    }
}
