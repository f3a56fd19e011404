import ArgumentParser
import TaskQueue

/// Fills queues; a process of its own, so that its memory is not taken for the worker's.
struct FillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "fill", abstract: "Fills queues with tasks.")

    @OptionGroup var bench: BenchOptions
    @Option(help: "How many tasks.") var tasks = 50_000
    @Option(help: "The size of each payload.") var payloadBytes = 200
    @Option(help: "Over how many queues the tasks are spread.") var queues = 1

    func run() async throws {
        let client = TaskClient(redis: try bench.configuration(), logger: BenchOptions.logger)
        try await Self.fill(
            client, BenchOptions.queues(queues), tasks: tasks, payloadBytes: payloadBytes, batch: 1000, callers: 2)
        await client.close()
    }

    /// Creates tasks in batches.
    ///
    /// - Parameters:
    ///   - client: Stores them.
    ///   - queues: Take turns, task by task.
    ///   - tasks: How many in all.
    ///   - payloadBytes: The size of each payload.
    ///   - batch: How many in one call.
    ///   - callers: How many calls are under way at once.
    /// - Throws: The client's error, or ``BenchFailure`` when a task was refused.
    static func fill(
        _ client: TaskClient, _ queues: [String], tasks: Int, payloadBytes: Int, batch: Int, callers: Int
    ) async throws {
        let task = QueueTask(type: BenchOptions.taskType, payload: [UInt8](repeating: 0x78, count: payloadBytes))
        let options = queues.map { EnqueueOptions(queue: $0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    for start in stride(from: caller * batch, to: tasks, by: callers * batch) {
                        let numbers = start..<min(start + batch, tasks)
                        let items = numbers.map { (task: task, options: options[$0 % options.count]) }
                        for result in try await client.enqueue(batch: items) { _ = try result.get() }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
