import Foundation
import Logging
import Redis
import RedisTestSupport
import TaskQueue
import Testing

/// Runs the scripts of `ops/interop`, which drive foreign clients of asynq's wire.
enum PythonDriver {
    /// A Python that has the packages, made by `ops/interop/setup`.
    static let python = ProcessInfo.processInfo.environment["TEST_INTEROP_PYTHON"]

    private static var folder: URL {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../ops/interop").standardized
    }

    /// Runs a script to its end.
    ///
    /// - Parameters:
    ///   - script: Its name in `ops/interop`.
    ///   - arguments: Its arguments.
    /// - Returns: The lines that it printed.
    /// - Throws: When it cannot be run or fails.
    static func run(_ script: String, _ arguments: [String]) async throws -> [String] {
        let process = Process()
        process.executableURL = URL(filePath: try #require(python))
        process.arguments = ["-B", folder.appending(path: script).path] + arguments
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        let status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        try #require(status == 0, "\(script) \(arguments.joined(separator: " ")): \(text)")
        return text.split(separator: "\n").map(String.init)
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips where no Python with the foreign clients is named.
    static var requiresForeignClients: Self {
        .enabled(if: PythonDriver.python != nil, "set TEST_INTEROP_PYTHON to what ops/interop/setup prints")
    }
}

/// A test's database, with our side of the fleet on it.
struct InteropFixture {
    let redis: TestRedis
    let broker: RedisBroker
    let inspector: TaskInspector

    init() throws {
        redis = try #require(RedisDatabaseTrait.current)
        broker = RedisBroker(
            client: redis.client, blockingClientConfiguration: redis.configuration, logger: redis.logger)
        inspector = TaskInspector(client: redis.client)
    }

    func keys() async throws -> [String] {
        try await redis.client.send("KEYS", "*").array().map { try $0.string() }.sorted()
    }

    /// A task's hash.
    func fields(_ id: String, in queue: String) async throws -> [String: [UInt8]] {
        let flat = try await redis.client.send("HGETALL", .string("asynq:{\(queue)}:t:\(id)")).array()
        var found: [String: [UInt8]] = [:]
        for index in stride(from: 0, to: flat.count, by: 2) {
            found[try flat[index].string()] = try flat[index + 1].bytes()
        }
        return found
    }

    /// Runs our server until `count` tasks are done; they are returned in the order of their runs, with the moments.
    func work(_ count: Int, queue: String) async throws -> [(task: QueueTask, id: String, startedAt: Date)] {
        let (runs, running) = AsyncStream.makeStream(of: (task: QueueTask, id: String, startedAt: Date).self)
        let (ends, ending) = AsyncStream.makeStream(of: TaskOutcome.self)
        var configuration = TaskServerConfiguration(concurrency: 1, queues: QueueSelection(weights: [queue: 1]))
        configuration.pollInterval = .milliseconds(100)
        configuration.onOutcome = { _, outcome in ending.yield(outcome) }
        let server = TaskServer(broker: broker, configuration: configuration, logger: redis.logger)
        let handler = ClosureHandler { task, context in running.yield((task, context.taskID, Date())) }
        let serving = Task { try await server.run(handler) }
        var left = count
        for await outcome in ends {
            if case .succeeded = outcome { left -= 1 }
            if left == 0 { break }
        }
        await server.shutdown()
        try await serving.value
        await broker.close()
        running.finish()
        return await runs.reduce(into: []) { $0.append($1) }
    }
}
