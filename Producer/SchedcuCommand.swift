import ArgumentParser
import Foundation

/// `schedcu`: creates tasks, watches them, looks at queues, and keeps set-up data (interfaces.md section 2.1).
@main
struct SchedcuCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedcu",
        abstract: "Imports on-call schedules, scrapes who holds which role, and computes coverage.",
        discussion: """
            Exit status: 0 done; 1 failed, archived, cancelled or refused; 2 outcome PARTIAL or coverage below --threshold; \
            64 usage; 65 the file is not usable; 66 the file is missing or unreadable; 69 Redis or Postgres unreachable; \
            70 our own bug; 130 interrupted.
            """,
        version: "schedcu 0.1.0",
        subcommands: [
            CheckCommand.self, ImportCommand.self, ScrapeCommand.self, CoverageCommand.self, SyncCommand.self,
            WatchCommand.self,
            TasksCommand.self, QueuesCommand.self, WorkersCommand.self, HospitalsCommand.self, PeopleCommand.self,
            CompletionsCommand.self,
        ])

    /// Parses, runs and ends the process with the exit status of the contract.
    static func main() async {
        do {
            var command = try command(from: nil)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            if exitCode(for: error) == .success { exit(withError: error) }
            let failure = errorLine(for: error)
            if let line = failure.text { Console.writeError(line) }
            Foundation.exit(failure.status.rawValue)
        }
    }
    /// The command that arguments name.
    ///
    /// - Parameter arguments: The words after the program's name; `nil` for the process's own.
    /// - Returns: The command, ready to run.
    /// - Throws: What ``errorLine(for:)`` tells, or a wish for help.
    static func command(from arguments: [String]?) throws -> any ParsableCommand { try parseAsRoot(arguments) }

    /// An error as the contract wants it told.
    static func errorLine(for error: any Error) -> ErrorLine { ErrorLine(error, usage: message(for: error)) }
}
