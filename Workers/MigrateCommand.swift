import ArgumentParser
import Foundation
import Logging
import Postgres

/// Brings the schema up or down: `schedcu-worker migrate [status|up|down N]`.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Applies the migrations of ops/migrations.",
        discussion: "Safe when several start at once. Each migration is one transaction.")

    /// What to do.
    enum Action: String, ExpressibleByArgument, CaseIterable { case status, up, down }

    @OptionGroup var servers: ServerOptions
    @Argument(help: "status, up or down.") var action = Action.up
    @Argument(help: "How many migrations to take back, with down.") var count: Int?
    @Option(
        help:
            "The folder of the migrations. Environment: SCHEDCU_MIGRATIONS. Default: ops/migrations, found from here or from the program's folder"
    )
    var migrations: String?
    @Flag(help: "Take migrations back without asking.") var yes = false

    func validate() throws {
        if action == .down {
            guard let count, count > 0 else {
                throw ValidationError("down needs how many migrations to take back, 1 or more")
            }
        } else if count != nil {
            throw ValidationError("only down takes a number")
        }
    }

    func run() async throws {
        try await reporting {
            let logger = try servers.logger("schedcu-worker.migrate")
            let pool = PostgresPool(try servers.postgresConfiguration(), name: "migrate", size: 1, logger: logger)
            do {
                try await perform(Migrator(pool: pool, migrations: try Migrator.load(directory: try folder())))
                await pool.close()
            } catch {
                await pool.close()
                throw Self.failure(error)
            }
        }
    }

    private func perform(_ migrator: Migrator) async throws {
        switch action {
        case .status:
            for entry in try await migrator.status() {
                print(
                    "\(entry.version) \(entry.name): \(entry.applied.map { "applied \($0.formatted(.iso8601))" } ?? "pending")"
                )
            }
        case .up:
            let applied = try await migrator.up()
            print(applied.isEmpty ? "nothing to migrate" : "applied: \(applied.joined(separator: ", "))")
        case .down:
            guard let count else { return }
            try confirm("take back \(count) migrations? their tables and rows are deleted")
            let taken = try await migrator.down(count)
            print(taken.isEmpty ? "nothing to take back" : "taken back: \(taken.joined(separator: ", "))")
        }
    }

    private func confirm(_ question: String) throws {
        guard !yes else { return }
        print("\(question) [y/N] ", terminator: "")
        guard let answer = readLine(), answer.lowercased() == "y" else {
            throw CommandFailure(.failed, "migrate down", "it was not confirmed", "answer y, or give --yes")
        }
    }

    private func folder() throws -> String {
        if let given = migrations ?? Setting.environment("MIGRATIONS") { return given }
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        var places = [URL(filePath: FileManager.default.currentDirectoryPath)]
        var place = program
        while place.pathComponents.count > 1 {
            places.append(place)
            place.deleteLastPathComponent()
        }
        let folders = places.map { $0.appending(path: "ops/migrations").path }
        guard let found = folders.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            throw CommandFailure(
                .usage, "migrations", "no folder ops/migrations here or above the program", "name it with --migrations")
        }
        return found
    }

    private static func failure(_ error: any Error) -> any Error {
        switch error {
        case let error as PostgresError where error.code == .connectFailed || error.code == .connectionLost:
            CommandFailure(
                .unreachable, "Postgres", error.message, "start it, or name another with SCHEDCU_POSTGRES_URL")
        case let error as PostgresError:
            CommandFailure(.failed, "migrate", "\(error)", "nothing of the failed migration was kept")
        case let error as MigrationError:
            CommandFailure(.failed, "migrate", "\(error)", "nothing was changed")
        default: error
        }
    }
}
