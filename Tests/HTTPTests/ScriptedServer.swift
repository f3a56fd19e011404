import ConcurrencySupport
import Dispatch
import Glibc

/// A server on loopback that does with each connection exactly what a test says, errors included.
///
/// Each connection is served on a thread of its own, with blocking reads.
final class ScriptedServer: Sendable {
    /// What to do once a request's head has come.
    enum Action: Sendable {
        /// Sends bytes and waits for the next request on the same connection.
        case send([UInt8])
        /// Sends bytes and closes the connection.
        case sendAndClose([UInt8])
        /// Sends bytes and leaves the connection open without ever reading again.
        case sendAndHang([UInt8])
        /// Answers with a TCP reset.
        case reset
        /// Sends bytes, then answers with a TCP reset.
        case sendAndReset([UInt8])
        /// Sends what a closure hands over, on the connection's thread, and closes the connection.
        ///
        /// The closure is given a function that sends bytes and answers whether the client still takes them.
        case script(@Sendable (_ send: ([UInt8]) -> Bool) -> Void)
    }

    private struct State: Sendable {
        var accepted = 0
        var heads: [String] = []
        var descriptors: [Int32] = []
        var isStopped = false
    }

    let port: Int
    /// Every request's head, as it arrives.
    let requests: AsyncStream<String>
    private let listener: Int32
    private let state = LockedValue(State())
    private let arrivals: AsyncStream<String>.Continuation
    private let action: @Sendable (_ path: String) -> Action

    /// Listens on a free port.
    init(_ action: @escaping @Sendable (_ path: String) -> Action) throws {
        self.action = action
        (requests, arrivals) = AsyncStream.makeStream()
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard listening else { throw ScriptedServerError(errno: errno) }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        DispatchQueue(label: "scripted.accept").async { self.acceptAll() }
    }

    var base: String { "http://127.0.0.1:\(port)" }
    var acceptedConnections: Int { state.withLock { $0.accepted } }
    var heads: [String] { state.withLock { $0.heads } }

    /// Stops listening and ends every connection.
    func stop() {
        arrivals.finish()
        state.withLock { state in
            guard !state.isStopped else { return }
            state.isStopped = true
            shutdown(listener, Int32(SHUT_RDWR))  // ends `accept`; only its own thread may close the descriptor
            for descriptor in state.descriptors { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    private func acceptAll() {
        defer { close(listener) }
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { return }
            let isStopped = state.withLock { state in
                state.accepted += 1
                state.descriptors.append(descriptor)
                return state.isStopped
            }
            if isStopped { shutdown(descriptor, Int32(SHUT_RDWR)) }
            DispatchQueue(label: "scripted.connection").async { self.serve(descriptor) }
        }
    }

    private func serve(_ descriptor: Int32) {
        defer {
            state.withLock { $0.descriptors.removeAll { $0 == descriptor } }
            close(descriptor)
        }
        while let head = readHead(descriptor) {
            state.withLock { $0.heads.append(head) }
            arrivals.yield(head)
            let words = head.split(separator: " ")
            let action = action(words.count > 1 ? String(words[1]) : "")
            switch action {
            case .send(let bytes):
                sendAll(bytes, to: descriptor)
            case .sendAndClose(let bytes):
                sendAll(bytes, to: descriptor)
                return
            case .sendAndHang(let bytes):
                sendAll(bytes, to: descriptor)
                var byte: UInt8 = 0
                while recv(descriptor, &byte, 1, 0) > 0 {}  // until the client leaves or the server is stopped
                return
            case .script(let run):
                run { sendAll($0, to: descriptor) }
                return
            case .reset, .sendAndReset:
                if case .sendAndReset(let bytes) = action {
                    sendAll(bytes, to: descriptor)
                    waitUntilTaken(descriptor)
                }
                var abortive = linger(l_onoff: 1, l_linger: 0)
                setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &abortive, socklen_t(MemoryLayout<linger>.size))
                return
            }
        }
    }

    private func readHead(_ descriptor: Int32) -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while recv(descriptor, &byte, 1, 0) == 1 {
            bytes.append(byte)
            if bytes.suffix(4) == [13, 10, 13, 10] { return String(decoding: bytes, as: UTF8.self) }
            // A TLS greeting has no end of head; it starts with byte 22.
            if bytes.first == 22 { return "TLS /tls" }
        }
        return nil
    }

    @discardableResult
    private func sendAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    /// A reset throws away what the other side has not acknowledged yet.
    private func waitUntilTaken(_ descriptor: Int32) {
        var unacknowledged: Int32 = 1
        while unacknowledged > 0, ioctl(descriptor, UInt(TIOCOUTQ), &unacknowledged) == 0 { sched_yield() }
    }
}

struct ScriptedServerError: Error {
    let errno: Int32
}

/// The bytes of an answer with a `Content-Length`.
func answer(_ status: String = "200 OK", _ headers: [String] = [], body: [UInt8] = []) -> [UInt8] {
    let lines = ["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.count)", "", ""]
    return Array(lines.joined(separator: "\r\n").utf8) + body
}
