import ArgumentParser

/// The worker: takes schedule tasks from Redis and keeps their truth in Postgres.
@main
struct SchedcuWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedcu-worker", abstract: "Runs schedule tasks: imports, scrapes, coverage.", version: "0.1.0",
        subcommands: [RunCommand.self, MigrateCommand.self], defaultSubcommand: RunCommand.self)
}
