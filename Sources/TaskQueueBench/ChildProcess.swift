import Dispatch
import Foundation
import Glibc

/// Another process of this program.
struct ChildProcess: Sendable {
    private let pid: pid_t

    /// Starts this program with other arguments; it shares our output.
    init(_ arguments: [String]) throws {
        let strings = ["taskqueue-bench"] + arguments
        let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
        let argv = strings.map { strdup($0) } + [nil]
        let envp = environment.map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, "/proc/self/exe", nil, nil, argv, envp)
        guard status == 0 else { throw BenchFailure("a process was not started: \(String(cString: strerror(status)))") }
        self.pid = pid
    }

    /// Runs this program with other arguments to its end.
    static func run(_ arguments: [String]) async throws {
        let status = try await ChildProcess(arguments).wait()
        guard status == 0 else {
            throw BenchFailure("\(arguments.first ?? "") ended with status \(status)")
        }
    }

    /// Sends a signal.
    func send(_ signal: Int32) { kill(pid, signal) }

    /// Waits for its end; call it once, or the process stays a zombie.
    ///
    /// - Returns: The exit status, or 128 and the signal's number.
    @discardableResult
    func wait() async -> Int {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var status: Int32 = 0
                while waitpid(pid, &status, 0) < 0, errno == EINTR {}
                let signal = status & 0x7f
                continuation.resume(returning: Int(signal == 0 ? (status >> 8) & 0xff : 128 + signal))
            }
        }
    }
}
