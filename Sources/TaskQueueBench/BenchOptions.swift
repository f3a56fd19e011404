import ArgumentParser
import Logging
import Redis
import TaskQueue

/// What every measurement needs.
struct BenchOptions: ParsableArguments {
    @Option(help: "The Redis to measure on; its database is emptied.") var redis = "redis://127.0.0.1:6379/0"

    /// The queues' common name; with several each has its number behind it.
    static let queue = "bench"
    /// The type of every task here.
    static let taskType = "bench:task"

    /// The server to measure on.
    func configuration() throws -> RedisConfiguration {
        var configuration = try RedisConfiguration(url: redis)
        configuration.commandTimeout = .seconds(30)
        return configuration
    }

    /// A connection of the measurement's own, for what is not measured.
    func client() throws -> RedisClient {
        RedisClient(try configuration(), name: "bench", logger: Self.logger)
    }

    /// Says errors only, on standard error: logging is not what is measured.
    static var logger: Logger {
        var logger = Logger(label: "taskqueue-bench") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        return logger
    }

    /// The names of `count` queues, 1 at least.
    static func queues(_ count: Int) -> [String] {
        count <= 1 ? [queue] : (0..<count).map { "\(queue)-\($0)" }
    }
}

/// Why a measurement is void.
struct BenchFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
