import ArgumentParser
import Foundation
import Logging
import Postgres
import Redis

/// Where the servers are and how much is logged: on every command.
struct ServerOptions: ParsableArguments {
    @Option(help: "Redis. Environment: SCHEDCU_REDIS_URL. Default: redis://127.0.0.1:6379/0")
    var redis: String?

    @Option(help: "Postgres. Environment: SCHEDCU_POSTGRES_URL. Default: libpq's own PG variables")
    var postgres: String?

    @Option(
        name: .customLong("log-level"),
        help: "trace, debug, info, notice, warning or error. Environment: SCHEDCU_LOG_LEVEL. Default: info")
    var logLevel: String?

    /// The Redis server; a password on the command line is refused, because the process list shows it.
    func redisConfiguration() throws -> RedisConfiguration {
        do {
            if let redis {
                let configuration = try RedisConfiguration(url: redis)
                guard configuration.password == nil else { throw Self.passwordRefused("--redis", "SCHEDCU_REDIS_URL") }
                return configuration
            }
            return try RedisConfiguration(url: Setting.environment("REDIS_URL") ?? "redis://127.0.0.1:6379/0")
        } catch let error as RedisError {
            throw CommandFailure(.usage, "the Redis URL", "\(error.message)", "see --help")
        }
    }

    /// The Postgres server; a password on the command line is refused, because the process list shows it.
    func postgresConfiguration() throws -> PostgresConfiguration {
        if let postgres, PostgresConfiguration.containsPassword(postgres) {
            throw Self.passwordRefused("--postgres", "SCHEDCU_POSTGRES_URL")
        }
        return PostgresConfiguration(url: postgres ?? Setting.environment("POSTGRES_URL"))
    }

    /// A logger that writes to standard error.
    func logger(_ label: String) throws -> Logger {
        let text = logLevel ?? Setting.environment("LOG_LEVEL") ?? "info"
        guard let level = Logger.Level(rawValue: text) else {
            throw CommandFailure(.usage, "--log-level", "'\(text)' is no level", "see --help")
        }
        var logger = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }

    private static func passwordRefused(_ flag: String, _ variable: String) -> CommandFailure {
        CommandFailure(.usage, flag, "a password on the command line shows in the process list", "use \(variable)")
    }
}

/// Settings that come from the environment when no flag is given.
enum Setting {
    /// `SCHEDCU_<name>`; an empty value counts as absent.
    static func environment(_ name: String) -> String? {
        let value = ProcessInfo.processInfo.environment["SCHEDCU_\(name)"]
        return value?.isEmpty == true ? nil : value
    }
}
