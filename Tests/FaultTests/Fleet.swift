import Foundation
import Logging
import QueueTestWorker
import Redis

/// A Redis server with an append-only file and worker processes on it, all of a sequence's own.
///
/// A worker that ends is started again until ``stopWorkers(patience:)``.
actor Fleet {
    private struct Worker {
        var id: pid_t
        var isStopped = false
        var mayEnd = false
    }

    /// How Redis is reached.
    nonisolated let configuration: RedisConfiguration
    /// A logger that writes nothing.
    nonisolated let logger = Logger(label: "fault-test") { _ in SwiftLogNoOpLogHandler() }
    private nonisolated let folder: URL
    private let group: ProcessGroup
    private let settings: WorkerSettings
    private nonisolated let socket: String
    private var redis: pid_t?
    private var traps: [CommandTrap] = []
    private var workers: [Worker] = []
    private var isClosing = false
    /// Workers that ended although nobody had killed them.
    private(set) var violations: [Violation] = []

    private static let pollInterval = Duration.milliseconds(20)

    /// Makes a fleet that has no process but its guard yet.
    ///
    /// - Parameter settings: How each worker is started; where Redis is, is the fleet's affair.
    /// - Throws: What keeps the folder or the guard from being made.
    init(settings: WorkerSettings) throws {
        folder = FileManager.default.temporaryDirectory
            .appending(path: "fault-\(UInt64.random(in: .min ... .max))", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        socket = folder.appending(path: "redis.sock").path
        configuration = RedisConfiguration(
            address: .unix(path: socket), connectTimeout: .seconds(5), commandTimeout: .seconds(10))
        var settings = settings
        settings.redis = "unix://\(socket)"
        self.settings = settings
        group = try ProcessGroup(deleting: folder)
    }

    // MARK: Redis

    /// Starts Redis and returns when it answers.
    func startRedis() async throws {
        redis = try group.spawn(
            [
                "redis-server", "--port", "0", "--unixsocket", socket, "--dir", folder.path, "--save", "",
                "--appendonly", "yes", "--aof-timestamp-enabled", "yes", "--appendfsync", "always",
                "--auto-aof-rewrite-percentage", "0",
            ], output: folder.appending(path: "redis.log"))
        let probe = RedisClient(configuration, name: "probe", logger: logger)
        defer { Task { await probe.close() } }
        // The client tries until the server is there; until the file is loaded Redis refuses.
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            do {
                try await probe.send("PING")
                return
            } catch {
                guard ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: Self.pollInterval)
            }
        }
    }

    /// Kills Redis and starts it again on its file.
    func restartRedis() async throws {
        if let redis {
            kill(redis, SIGKILL)
            ProcessEnd.reap(redis)
        }
        redis = nil
        try await startRedis()
    }

    /// What Redis has written to its append-only file.
    nonisolated func commandLog() throws -> CommandLog {
        let file = folder.appending(path: "appendonlydir/appendonly.aof.1.incr.aof")
        return CommandLog(appendOnlyFile: Array(try Data(contentsOf: file)))
    }

    // MARK: Workers

    /// Starts workers.
    func startWorkers(_ count: Int) throws {
        for _ in 0..<count { workers.append(Worker(id: try startWorker())) }
    }

    /// Starts a worker that reaches Redis through a trap, until it ends; one that takes its place has none.
    func startWorker(through trap: CommandTrap) throws {
        var settings = settings
        settings.redis = "unix://\(trap.path)"
        workers.append(Worker(id: try spawn(settings.arguments)))
    }

    /// Makes a trap; it ends with the fleet.
    func makeTrap() throws -> CommandTrap {
        let trap = try CommandTrap(path: "\(socket)-\(traps.count)", target: socket)
        traps.append(trap)
        return trap
    }

    /// Starts the workers' program with other arguments; the caller waits for its end.
    func spawn(_ arguments: [String]) throws -> pid_t {
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "QueueTestWorker")
        return try group.spawn([program.path] + arguments, output: folder.appending(path: "workers.log"))
    }

    /// The process id of a worker.
    func processID(of worker: Int) -> pid_t { workers[worker].id }

    /// Sends a signal to a worker.
    func signal(_ number: Int32, worker: Int) {
        switch number {
        case SIGSTOP: workers[worker].isStopped = true
        case SIGCONT: workers[worker].isStopped = false
        case SIGTERM: workers[worker].mayEnd = true
        default: break
        }
        kill(workers[worker].id, number)
    }

    /// Lets every stopped worker go on.
    func resumeAll() {
        for worker in workers.indices where workers[worker].isStopped { signal(SIGCONT, worker: worker) }
    }

    /// Starts workers anew that have ended, until the calling task is cancelled.
    func superviseWorkers() async {
        while !Task.isCancelled, !isClosing {
            for worker in workers.indices { restartIfEnded(worker) }
            try? await Task.sleep(for: Self.pollInterval)
        }
    }

    private func restartIfEnded(_ worker: Int) {
        guard let end = ProcessEnd.poll(workers[worker].id) else { return }
        let wasAsked = end == .killed(SIGKILL) || (workers[worker].mayEnd && end == .exited(0))
        if !wasAsked { violations.append(Violation(.program, "a worker \(end); its log ends: \(logTail)")) }
        do { workers[worker] = Worker(id: try startWorker()) } catch {
            violations.append(Violation(.program, "\(error)"))
        }
    }

    private func startWorker() throws -> pid_t { try spawn(settings.arguments) }

    /// Asks every worker to end and waits for it.
    ///
    /// - Parameter patience: How long; who takes longer is a violation.
    func stopWorkers(patience: Duration) async {
        isClosing = true
        resumeAll()
        for worker in workers { kill(worker.id, SIGTERM) }
        let deadline = ContinuousClock.now + patience
        while !workers.isEmpty, ContinuousClock.now < deadline {
            workers.removeAll { worker in
                guard let end = ProcessEnd.poll(worker.id) else { return false }
                // One that a fault or a task has just killed may not have been replaced yet, and a new one may not listen yet.
                if end != .exited(0), end != .killed(SIGKILL), end != .killed(SIGTERM) {
                    violations.append(Violation(.program, "on SIGTERM a worker \(end); its log ends: \(logTail)"))
                }
                return true
            }
            // A cancelled test kills them at once.
            guard (try? await Task.sleep(for: Self.pollInterval)) != nil else { return }
        }
        for worker in workers {
            violations.append(Violation(.program, "worker \(worker.id) did not end in \(patience): \(logTail)"))
        }
    }

    /// The last lines of what the workers logged.
    nonisolated var logTail: String { log.split(separator: "\n").suffix(20).joined(separator: "\n") }

    /// What the workers logged.
    nonisolated var log: String {
        (try? String(contentsOf: folder.appending(path: "workers.log"), encoding: .utf8)) ?? ""
    }

    /// Kills everything and deletes the folder.
    func close() {
        isClosing = true
        for trap in traps { trap.close() }
        group.end()
        for worker in workers { ProcessEnd.reap(worker.id) }
        if let redis { ProcessEnd.reap(redis) }
        workers = []
        redis = nil
        try? FileManager.default.removeItem(at: folder)
    }
}
