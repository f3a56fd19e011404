import ConcurrencySupport
import Foundation
package import Logging
package import Redis

/// A Redis server of a test's own on a Unix socket in a temporary folder, for tests that kill, stop or lock it.
package final class RedisServerProcess: Sendable {
    /// How the server is reached, without a password.
    package let configuration: RedisConfiguration
    /// A logger that writes nothing, for the test's clients.
    package static var silentLogger: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
    private let folder: URL
    private let arguments: [String]
    private let processID = LockedValue<pid_t?>(nil)

    /// Starts a server, hands it to `body`, then stops it and deletes its folder.
    ///
    /// - Parameters:
    ///   - arguments: More settings, such as `["--requirepass", "secret"]`.
    ///   - body: The test.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws, or why the server did not start.
    package static func withServer<Result>(
        arguments: [String] = [], _ body: (RedisServerProcess) async throws -> Result
    ) async throws -> Result {
        let server = try RedisServerProcess(arguments: arguments)
        do {
            try await server.start()
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    /// Settings of a cluster's node; the port of its bus is a random one below those that the system hands out, since two
    /// nodes without a port would both take 10000.
    package static var clusterArguments: [String] {
        [
            "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf",
            "--cluster-port", "\(Int.random(in: 20_000..<32_000))",
        ]
    }

    private init(arguments: [String]) throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("redis-test-\(UInt64.random(in: .min ... .max))", isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        configuration = RedisConfiguration(address: .unix(path: folder.appendingPathComponent("redis.sock").path))
        self.arguments = arguments
    }

    /// Starts the server, again after ``kill()`` too, with nothing stored; returns when it answers.
    package func start() async throws {
        let command =
            [
                "redis-server", "--port", "0", "--unixsocket", folder.appendingPathComponent("redis.sock").path,
                "--dir", folder.path, "--save", "", "--appendonly", "no",
            ] + arguments
        let id = try Self.spawn(command)
        processID.withLock { $0 = id }
        let probe = RedisClient(configuration, name: "probe", logger: Self.silentLogger)
        do {
            // The client itself tries until the server is there.
            try await probe.send("PING")
        } catch  where error.code == .connectFailed && !error.isRetriable {
            // The server wants a password, so it is there.
        } catch {
            await probe.close()
            throw error
        }
        await probe.close()
    }

    /// Ends the server at once (SIGKILL) and waits until it is gone; the folder stays for ``start()``.
    package func kill() async {
        await end(SIGKILL)
    }

    /// Ends the server and deletes its folder.
    package func stop() async {
        await end(SIGKILL)
        try? FileManager.default.removeItem(at: folder)
    }

    /// Stops the server from answering (SIGSTOP), while its socket stays open.
    package func suspend() {
        signal(SIGSTOP)
    }

    /// Lets a suspended server go on.
    package func resume() {
        signal(SIGCONT)
    }

    private func signal(_ number: Int32) {
        let id = processID.withLock { $0 }
        if let id { _ = Foundation.kill(id, number) }
    }

    private func end(_ number: Int32) async {
        signal(number)
        let ended = processID.withLock { id in
            let ended = id
            id = nil
            return ended
        }
        guard let ended else { return }
        await withCheckedContinuation { continuation in
            // Waiting for a process blocks, so it is done on a thread of Dispatch's.
            DispatchQueue.global().async {
                while waitpid(ended, nil, 0) < 0, errno == EINTR {}
                continuation.resume()
            }
        }
    }

    /// Starts a program found in `PATH`, silent; Foundation's `Process` leaks by LeakSanitizer's count.
    private static func spawn(_ command: [String]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in 0...2 as ClosedRange<Int32> {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        var words = command.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var id: pid_t = 0
        let status = posix_spawnp(&id, command[0], &actions, nil, &words, nil)
        guard status == 0 else {
            throw RedisError(.connectFailed, "starting \(command[0]) failed: \(String(cString: strerror(status)))")
        }
        return id
    }
}
