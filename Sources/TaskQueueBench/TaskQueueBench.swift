import ArgumentParser

/// Measures the task queue on a Redis that it may empty: `taskqueue-bench SUBCOMMAND --redis URL`.
///
/// Each measurement prints one line: its name, then `key=value` pairs. `ops/bench` starts them in turn with a Redis of
/// their own and makes tables of the lines.
@main
struct TaskQueueBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "taskqueue-bench", abstract: "Measures the task queue. The Redis database given is emptied.",
        subcommands: [
            DrainCommand.self, EnqueueCommand.self, BulkCommand.self, PickupCommand.self, RecoveryCommand.self,
            FlatCommand.self, IdleCommand.self, RelayCommand.self, FillCommand.self, ProduceCommand.self,
            WorkerCommand.self, ScriptsCommand.self,
        ])
}
