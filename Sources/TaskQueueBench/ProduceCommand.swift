import ArgumentParser
import Foundation
import Redis
import TaskQueue

/// Creates tasks at a steady rate, each with a moment in its payload: the one of its creation, or the one it is due.
struct ProduceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "produce", abstract: "Creates tasks at a steady rate; pickup starts it.")

    @OptionGroup var bench: BenchOptions
    @Option(help: "Tasks a second.") var rate = 100
    @Option(help: "For how many seconds.") var seconds = 10
    @Option(help: "Over how many queues the tasks are spread.") var queues = 1
    @Option(help: "The tasks' type.") var type = BenchOptions.taskType
    @Flag(help: "Lay the tasks down as Go's client does, without ours.") var go = false
    @Flag(help: "Schedule each task 1 to 3 s ahead.") var scheduled = false

    func run() async throws {
        let names = BenchOptions.queues(queues)
        let client = TaskClient(redis: try bench.configuration(), logger: BenchOptions.logger)
        let redis = try bench.client()
        try await ForeignTasks.list(names, redis)
        let began = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<(rate * seconds) {
                try await Task.sleep(until: began + .seconds(1) * number / rate, tolerance: .zero, clock: .continuous)
                let queue = names[number % names.count]
                group.addTask { try await create(in: queue, client, redis) }
            }
            try await group.waitForAll()
        }
        await client.close()
        await redis.close()
    }

    private func create(in queue: String, _ client: TaskClient, _ redis: RedisClient) async throws {
        let now = ProcessFigures.unixNanoseconds
        let ahead = scheduled ? Int64.random(in: 1_000_000_000...3_000_000_000) : nil
        // Go cuts a moment off to the second, our client rounds it up.
        let second = ahead.map { (now + $0 + (go ? 0 : 999_999_999)) / 1_000_000_000 }
        let payload = Array(String(second.map { $0 * 1_000_000_000 } ?? now).utf8)
        if go {
            try await ForeignTasks.create(type: type, payload: payload, in: queue, second: second, redis)
        } else {
            let at = ahead.map { Date(timeIntervalSince1970: Double((now + $0) / 1000) / 1e6) }
            try await client.enqueue(
                QueueTask(type: type, payload: payload), EnqueueOptions(queue: queue, processAt: at))
        }
    }
}
