import ConcurrencySupport
import Dispatch
import Foundation
import Glibc

/// A socket between a process and Redis that can hold up one command, before Redis gets it or before its answer comes back.
///
/// So a process can be killed or stopped at an exact step of what it does, although the product has no place for it. What is
/// held up goes on with ``release(dropping:)``; until a trap is set everything passes. One that is set springs once.
final class CommandTrap: Sendable {
    /// What is held up.
    enum Side: Sendable {
        /// The command with the mark, before Redis gets it.
        case before
        /// The answer to the command with the mark.
        case after
        /// What comes from Redis with the mark, such as a publication.
        case hearing
    }

    private struct Setting {
        let mark: [UInt8]
        let side: Side
        let spring: @Sendable () -> Bool
    }

    private struct State {
        var setting: Setting?
        var hasSprung = false
        var isReleased = false
        var isDropping = false
        var sockets: Set<Int32> = []
        var isClosed = false
    }

    /// The socket that the process connects to.
    let path: String
    private let target: String
    private let listener: Int32
    private let state = LockedValue(State())
    private let released = DispatchSemaphore(value: 0)
    private static let chunk = 1 << 16

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - path: Where.
    ///   - target: Redis's socket.
    /// - Throws: ``ProcessGroup/SpawnFailed`` when it cannot.
    init(path: String, target: String) throws {
        self.path = path
        self.target = target
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0, Self.withAddress(path, { bind(listener, $0, $1) }) == 0, listen(listener, 64) == 0 else {
            throw ProcessGroup.SpawnFailed(description: "listening at \(path): errno \(errno)")
        }
        Thread.detachNewThread { self.accept() }
    }

    /// Whether the trap has sprung.
    var hasSprung: Bool { state.withLock { $0.hasSprung } }

    /// Sets the trap.
    ///
    /// - Parameters:
    ///   - mark: What the command holds: a word, or the digest of a script.
    ///   - side: On which side of it.
    ///   - spring: Called when it springs, on a thread that may block; says whether anything is to be held up. If not, it may
    ///     have set the trap anew.
    func set(_ mark: String, _ side: Side, spring: @escaping @Sendable () -> Bool) {
        state.withLock { $0.setting = Setting(mark: Array(mark.utf8), side: side, spring: spring) }
    }

    /// Lets what is held up go on, or drops it, as the kernel does with what a dead process had not sent.
    func release(dropping: Bool) {
        let wasReleased = state.withLock { state in
            defer { (state.isReleased, state.isDropping) = (true, dropping) }
            return state.isReleased
        }
        if !wasReleased { released.signal() }
    }

    /// Ends all connections.
    func close() {
        release(dropping: true)
        let sockets = state.withLock { state in
            state.isClosed = true
            return state.sockets
        }
        for socket in sockets { _ = shutdown(socket, Int32(SHUT_RDWR)) }
        _ = shutdown(listener, Int32(SHUT_RDWR))
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { break }
            let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard Self.withAddress(target, { connect(server, $0, $1) }) == 0 else {
                Glibc.close(client)
                Glibc.close(server)
                continue
            }
            let isClosed = state.withLock { state in
                state.sockets.formUnion([client, server])
                return state.isClosed
            }
            let link = Link(client: client, server: server)
            if isClosed { link.end() }
            Thread.detachNewThread { self.carryCommands(link) }
            Thread.detachNewThread { self.carryAnswers(link) }
        }
        Glibc.close(listener)
    }

    /// One connection of the process with one of ours to Redis.
    private final class Link: Sendable {
        let client: Int32
        let server: Int32
        /// What springs with the next answer.
        let waiting = LockedValue<(@Sendable () -> Bool)?>(nil)
        private let ends = LockedValue(0)

        init(client: Int32, server: Int32) { (self.client, self.server) = (client, server) }

        func end() {
            _ = shutdown(client, Int32(SHUT_RDWR))
            _ = shutdown(server, Int32(SHUT_RDWR))
        }

        /// Whether both directions have ended: then nobody uses the sockets any more.
        func endDirection() -> Bool {
            end()
            return ends.withLock { ends in
                ends += 1
                return ends == 2
            }
        }
    }

    private func carryCommands(_ link: Link) {
        while let bytes = Self.read(link.client) {
            if let setting = takeSetting(for: bytes, [.before, .after]) {
                if setting.side == .after {
                    link.waiting.withLock { $0 = setting.spring }
                } else {
                    guard hold(setting.spring) else { break }
                }
            }
            guard Self.write(bytes, to: link.server) else { break }
        }
        finish(link)
    }

    private func carryAnswers(_ link: Link) {
        while let bytes = Self.read(link.server) {
            let spring = link.waiting.withLock { waiting in
                defer { waiting = nil }
                return waiting
            }
            if let spring = spring ?? takeSetting(for: bytes, [.hearing])?.spring { guard hold(spring) else { break } }
            guard Self.write(bytes, to: link.client) else { break }
        }
        finish(link)
    }

    private func finish(_ link: Link) {
        guard link.endDirection() else { return }
        state.withLock { $0.sockets.subtract([link.client, link.server]) }
        Glibc.close(link.client)
        Glibc.close(link.server)
    }

    private func takeSetting(for bytes: [UInt8], _ sides: Set<Side>) -> Setting? {
        state.withLock { state in
            guard let setting = state.setting, sides.contains(setting.side), bytes.firstRange(of: setting.mark) != nil
            else { return nil }
            state.setting = nil
            return setting
        }
    }

    /// Springs and waits; says whether what was held up is to go on.
    private func hold(_ spring: @Sendable () -> Bool) -> Bool {
        guard spring() else { return true }
        state.withLock { $0.hasSprung = true }
        released.wait()
        return state.withLock { !$0.isDropping }
    }

    private static func read(_ socket: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: chunk)
        let count = recv(socket, &bytes, chunk, 0)
        return count > 0 ? Array(bytes[..<count]) : nil
    }

    private static func write(_ bytes: [UInt8], to socket: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
