import Foundation

/// How a process ended.
enum ProcessEnd: Sendable, Equatable, CustomStringConvertible {
    case exited(Int32)
    case killed(Int32)

    /// The end of a child that may have ended; `nil` while it lives.
    static func poll(_ id: pid_t) -> ProcessEnd? { wait(id, WNOHANG) }

    /// Waits for a child that was killed; blocks for as long as the kernel takes.
    static func reap(_ id: pid_t) { _ = wait(id, 0) }

    private static func wait(_ id: pid_t, _ options: Int32) -> ProcessEnd? {
        var status: Int32 = 0
        var answer: pid_t
        repeat { answer = waitpid(id, &status, options) } while answer < 0 && errno == EINTR
        guard answer == id else { return nil }
        // As WIFEXITED and its like, which are macros that Swift does not see.
        let signal = status & 0x7f
        return signal == 0 ? .exited(status >> 8 & 0xff) : .killed(signal)
    }

    var description: String {
        switch self {
        case .exited(let status): "exited with \(status)"
        case .killed(let signal): "was killed by signal \(signal)"
        }
    }
}
