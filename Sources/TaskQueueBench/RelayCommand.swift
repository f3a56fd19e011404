import ArgumentParser
import Foundation
import Glibc

/// Passes TCP connections on and holds every byte back for a while each way, however many are under way.
struct RelayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relay", abstract: "A TCP relay on 127.0.0.1 that adds a delay each way and keeps the throughput.")

    @Option(help: "The port to listen on.") var listen: UInt16
    @Option(help: "Where connections go: an IPv4 address and a port.") var upstream: String
    @Option(help: "The delay of both ways together.") var rttMs = 1.0

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        // Threads made from here on wake on time instead of up to 50 µs late. Without it the delay is a little longer.
        try? "1".write(toFile: "/proc/self/timerslack_ns", atomically: false, encoding: .utf8)
        let parts = upstream.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1]) else { throw ValidationError("--upstream is no HOST:PORT") }
        let target = Self.address(String(parts[0]), port)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard Self.with(Self.address("127.0.0.1", listen), { bind(listener, $0, $1) }) == 0,
            Glibc.listen(listener, 128) == 0
        else { throw BenchFailure("port \(listen): \(String(cString: strerror(errno)))") }
        Report("relay ready").finish()
        while true {
            let near = accept(listener, nil, nil)
            guard near >= 0 else { continue }
            let far = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard Self.with(target, { connect(far, $0, $1) }) == 0 else {
                close(near)
                close(far)
                continue
            }
            for descriptor in [near, far] {
                setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
            }
            let delay = Int64(rttMs * 1e6 / 2)
            DelayLine(from: near, to: far, nanoseconds: delay).start()
            DelayLine(from: far, to: near, nanoseconds: delay).start()
        }
    }

    private static func address(_ host: String, _ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        return address
    }

    private static func with(
        _ address: sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// One direction of one connection: a thread that reads, a thread that writes what is old enough.
///
/// The descriptors are shut down at the end and not closed: the relay lives as long as one benchmark.
private final class DelayLine: @unchecked Sendable {
    // @unchecked: `chunks` and `isOver` are only touched while `condition` is locked.
    private let condition = NSCondition()
    private var chunks: [(due: Int64, bytes: [UInt8])] = []
    private var isOver = false
    private let source: Int32
    private let target: Int32
    private let delay: Int64

    init(from source: Int32, to target: Int32, nanoseconds delay: Int64) {
        self.source = source
        self.target = target
        self.delay = delay
    }

    func start() {
        Thread.detachNewThread { self.read() }
        Thread.detachNewThread { self.write() }
    }

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 256 * 1024)
        while true {
            let count = recv(source, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            let due = ProcessFigures.monotonicNanoseconds + delay
            condition.lock()
            if count > 0 { chunks.append((due, Array(buffer[..<count]))) } else { isOver = true }
            condition.signal()
            condition.unlock()
            if count <= 0 { return }
        }
    }

    private func write() {
        defer { shutdown(target, Int32(SHUT_WR)) }
        while let batch = next() {
            for chunk in batch {
                Self.sleep(until: chunk.due)
                guard send(chunk.bytes) else { return }
            }
        }
    }

    /// Everything that was read meanwhile; `nil` at the end.
    private func next() -> [(due: Int64, bytes: [UInt8])]? {
        condition.lock()
        defer { condition.unlock() }
        while chunks.isEmpty, !isOver { condition.wait() }
        guard !chunks.isEmpty else { return nil }
        defer { chunks = [] }
        return chunks
    }

    private static func sleep(until moment: Int64) {
        var time = timespec(tv_sec: Int(moment / 1_000_000_000), tv_nsec: Int(moment % 1_000_000_000))
        while clock_nanosleep(CLOCK_MONOTONIC, Int32(TIMER_ABSTIME), &time, nil) == EINTR {}
    }

    private func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(target, $0.baseAddress, $0.count, 0) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}
