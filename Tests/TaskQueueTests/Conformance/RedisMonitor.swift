import ConcurrencySupport
import Foundation
import Redis
import Testing

/// Everything that a Redis server does, as its `MONITOR` command tells it; our driver reads replies only.
final class RedisMonitor: Sendable {
    /// A word that ends the record when any client sends it.
    static let end = "end-of-record"
    private let descriptor: Int32
    private let recorded: Task<[String], Never>

    /// Listens from now on.
    init(socketPath: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array(socketPath.utf8) + [0]
        try #require(descriptor >= 0 && path.count <= MemoryLayout.size(ofValue: address.sun_path))
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(connected == 0)
        let command = Array("MONITOR\r\n".utf8)
        try #require(write(descriptor, command, command.count) == command.count)
        self.descriptor = descriptor
        // The record begins before the first command that anybody sends afterwards.
        var greeting = [UInt8](repeating: 0, count: 5)
        try #require(read(descriptor, &greeting, 5) == 5 && greeting == Array("+OK\r\n".utf8))
        recorded = Task {
            await withCheckedContinuation { continuation in
                // Reading blocks, so it is done on a thread of its own.
                Thread { continuation.resume(returning: Self.record(from: descriptor)) }.start()
            }
        }
    }

    deinit { close(descriptor) }

    /// What was done until somebody sent ``end``.
    func lines() async -> [String] { await recorded.value }

    private static func record(from descriptor: Int32) -> [String] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let ending = Array(end.utf8)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
            let tail = bytes.suffix(count + ending.count)
            if tail.indices.contains(where: { tail[$0...].starts(with: ending) }) { break }
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").map(String.init)
    }
}
