import ArgumentParser
import Foundation
import Logging
import Postgres
import Redis

/// The options that every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Redis (SCHEDCU_REDIS_URL, else redis://127.0.0.1:6379/0). A password belongs into the environment.",
            valueName: "url"))
    var redis: String?

    @Option(
        help: ArgumentHelp(
            "Postgres (SCHEDCU_POSTGRES_URL, else PG*); opened by hospitals, people and --as only.", valueName: "url"))
    var postgres: String?

    @Flag(help: "Machine output on standard output: a document, or an object a line for streams.")
    var json = false

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            """
            The acting user (SCHEDCU_USER); its role is checked wherever Postgres is opened. Without it the system user acts, \
            who may import, scrape, calculate and set up.
            """, valueName: "email"))
    var actingAs: String?

    @Flag(help: "No words for people; data and errors only.")
    var quiet = false

    @Flag(help: "No colours (also NO_COLOR).")
    var noColor = false

    @Option(help: "Log lines on standard error: trace, debug, info, notice, warning, error, critical.")
    var logLevel: LogLevelArgument = .init(level: .critical)

    /// Where words go.
    var console: Console {
        let noColour = ProcessInfo.processInfo.environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        return Console(isJSON: json, isQuiet: quiet, allowsColour: !noColor && !noColour)
    }

    /// Logs to standard error.
    var logger: Logger {
        var logger = Logger(label: "schedcu") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = logLevel.level
        return logger
    }

    /// The acting user's e-mail address; `nil` for the system user.
    var actorEmail: String? { actingAs ?? Self.environment("SCHEDCU_USER") }

    /// Where Redis is.
    ///
    /// - Returns: The configuration, with time limits that suit a person who waits.
    /// - Throws: ``CommandFailure`` for a password in a flag, `RedisError` for an address that cannot be read.
    func redisConfiguration() throws -> RedisConfiguration {
        let url = redis ?? Self.environment("SCHEDCU_REDIS_URL") ?? "redis://127.0.0.1:6379/0"
        var configuration = try RedisConfiguration(url: url)
        if redis != nil, configuration.password != nil { throw Self.passwordShown("--redis", "SCHEDCU_REDIS_URL") }
        configuration.connectTimeout = .seconds(3)
        return configuration
    }

    /// Where Postgres is.
    ///
    /// - Returns: The configuration.
    /// - Throws: ``CommandFailure`` for a password in a flag.
    func postgresConfiguration() throws -> PostgresConfiguration {
        try refusePasswords()
        let url = postgres ?? Self.environment("SCHEDCU_POSTGRES_URL")
        return PostgresConfiguration(url: url, applicationName: "schedcu", connectTimeout: .seconds(3))
    }

    /// Refuses a password in a flag even where the command does not connect.
    func validate() throws {
        do {
            try refusePasswords()
            if redis != nil { _ = try redisConfiguration() }
        } catch let failure as CommandFailure {
            throw ValidationError("\(failure.what): \(failure.why)")
        } catch let error as RedisError {
            throw ValidationError("--redis: \(error.message)")
        }
    }

    private func refusePasswords() throws {
        if let postgres, PostgresConfiguration.containsPassword(postgres) {
            throw Self.passwordShown("--postgres", "SCHEDCU_POSTGRES_URL")
        }
    }

    private static func passwordShown(_ flag: String, _ variable: String) -> CommandFailure {
        CommandFailure(
            .usage, flag, "a password in a flag shows in the process list. put the address into \(variable)")
    }

    private static func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// A log level as an argument.
struct LogLevelArgument: ExpressibleByArgument {
    let level: Logger.Level

    init(level: Logger.Level) { self.level = level }

    init?(argument: String) {
        guard let level = Logger.Level(rawValue: argument.lowercased()) else { return nil }
        self.level = level
    }

    var defaultValueDescription: String { level.rawValue }
    static var allValueStrings: [String] { Logger.Level.allCases.map(\.rawValue) }
}
