import Glibc

/// Owns a non-blocking socket; it is closed when the last Dispatch source that watches it has let go.
final class SocketHandle: Sendable {
    /// For Dispatch sources.
    let descriptor: Int32

    /// What a read or write came to.
    enum Transfer: Equatable { case bytes(Int), wouldBlock, ended, failed(Int32) }

    /// Opens a socket and starts to connect it.
    ///
    /// - Parameter address: The peer.
    /// - Throws: `.connectFailed` with the system's words.
    init(connectingTo address: SocketAddress) throws(RedisError) {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else { throw Self.failure(errno) }
        if address.family != AF_UNIX { setTCPOptions() }
        let status = address.bytes.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { connect(descriptor, $0.baseAddress, socklen_t(bytes.count)) }
        }
        if status != 0, errno != EINPROGRESS { throw Self.failure(errno) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// The outcome of the connect, once the socket is writable.
    ///
    /// - Throws: `.connectFailed` with the system's words.
    func checkConnected() throws(RedisError) {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        let status = getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        if status != 0 { throw Self.failure(errno) }
        if code != 0 { throw Self.failure(code) }
    }

    /// Writes what the system takes.
    func write(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        // MSG_NOSIGNAL: a broken connection must be an error, not the end of the process.
        transfer { send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) }
    }

    /// Reads what has arrived.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        let result = transfer { recv(descriptor, buffer.baseAddress, buffer.count, 0) }
        return result == .bytes(0) ? .ended : result
    }

    /// Tells the peer that this is over; the descriptor stays valid until the handle goes.
    func shutDown() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private func transfer(_ call: () -> Int) -> Transfer {
        while true {
            let count = call()
            if count >= 0 { return .bytes(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            default: return .failed(errno)
            }
        }
    }

    /// No delay, since output is gathered already; a dead peer is noticed after 15 + 3 × 5 s without traffic.
    private func setTCPOptions() {
        set(TCP_NODELAY, of: Int32(IPPROTO_TCP), to: 1)
        set(SO_KEEPALIVE, of: SOL_SOCKET, to: 1)
        set(TCP_KEEPIDLE, of: Int32(IPPROTO_TCP), to: 15)
        set(TCP_KEEPINTVL, of: Int32(IPPROTO_TCP), to: 5)
        set(TCP_KEEPCNT, of: Int32(IPPROTO_TCP), to: 3)
    }

    private func set(_ option: Int32, of level: Int32, to value: Int32) {
        var value = value
        // A refusal costs speed or notice only, so the connection goes on.
        _ = setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func failure(_ code: Int32) -> RedisError {
        RedisError(.connectFailed, systemMessage(code))
    }

    /// The system's words for an `errno`.
    static func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }
}
