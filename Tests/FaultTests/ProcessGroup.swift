import Foundation

/// Processes that cannot outlive the test: a guard leads their group, and kills all of it, itself included, when this
/// process ends or asks for it.
///
/// The guard reads a socket whose other end only this process has; stopped processes are killed too.
final class ProcessGroup: Sendable {
    /// Why a process did not start.
    struct SpawnFailed: Error, CustomStringConvertible {
        let description: String
    }

    private let leader: pid_t
    private let lifeline: Int32

    /// Starts the guard.
    ///
    /// - Parameter folder: Deleted when the test's process ends before ``end()``.
    /// - Throws: ``SpawnFailed``.
    init(deleting folder: URL) throws {
        var ends: [Int32] = [0, 0]
        // Close-on-exec, so that no process started by anybody keeps the other end open.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw SpawnFailed(description: "a pair of sockets: errno \(errno)")
        }
        // Where a member is stopped, the kernel sends the group SIGHUP as soon as this process is gone; Redis ignores it.
        let command = ["/bin/sh", "-c", "trap '' HUP; cat >/dev/null; rm -rf \"$0\"; kill -9 0", folder.path]
        defer { close(ends[0]) }
        do {
            leader = try Self.spawn(command, group: 0, input: ends[0], output: "/dev/null")
        } catch {
            close(ends[1])
            throw error
        }
        lifeline = ends[1]
    }

    /// Starts a program in the group.
    ///
    /// - Parameters:
    ///   - command: Its path and arguments.
    ///   - output: A file that its output and its errors are appended to.
    /// - Returns: Its process id; the caller waits for its end.
    /// - Throws: ``SpawnFailed``.
    func spawn(_ command: [String], output: URL) throws -> pid_t {
        try Self.spawn(command, group: leader, input: nil, output: output.path)
    }

    /// Kills every process of the group; the caller still has to wait for those it started.
    func end() {
        close(lifeline)
        var status: Int32 = 0
        while waitpid(leader, &status, 0) < 0, errno == EINTR {}
    }

    private static func spawn(
        _ command: [String], group: pid_t, input: Int32?, output: String
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, group)
        var words = command.map { strdup($0) } + [nil]
        let settings: [String] = ["PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"]
        var environment = settings.map { strdup($0) } + [nil]
        defer { for word in words + environment { free(word) } }
        var id: pid_t = 0
        let status = posix_spawnp(&id, command[0], &actions, &attributes, &words, &environment)
        guard status == 0 else {
            throw SpawnFailed(description: "starting \(command[0]): \(String(cString: strerror(status)))")
        }
        return id
    }
}
