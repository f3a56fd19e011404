import ArgumentParser

/// Times a fixed number of tasks beside more and more others, to show what each costs then.
struct FlatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flat",
        abstract: "Times 20,000 tasks beside 1,000 to 1,000,000 pending, 1,000 active, and over 1 to 500 queues.")

    @OptionGroup var bench: BenchOptions
    @Option(help: "How many tasks are timed.") var tasks = 20_000
    @Option(help: "How often everything is measured; the median counts.") var rounds = 5
    @Option(help: "The most pending tasks; each costs Redis about 600 bytes.") var mostPending = 1_000_000

    /// What the tasks that are timed lie beside.
    private struct Surroundings {
        var pending = 1000
        var active = 0
        var queues = 1
    }

    func run() async throws {
        let pending = [1000, 100_000, 1_000_000].filter { $0 <= max(1000, mostPending) }
        let all =
            pending.map { Surroundings(pending: $0) } + [Surroundings(active: 1000)]
            + [10, 100, 500].map { Surroundings(queues: $0) }
        var samples = all.map { _ in [Double]() }
        for _ in 0..<max(1, rounds) {
            for (index, surroundings) in all.enumerated() {
                samples[index].append(try await microseconds(in: surroundings))
            }
        }
        let medians = samples.map { $0.sorted()[$0.count / 2] }
        for (index, surroundings) in all.enumerated() {
            var report = Report("flat")
            report.add("pending", surroundings.pending)
            report.add("active", surroundings.active)
            report.add("queues", surroundings.queues)
            report.add("us_per_task", medians[index], decimals: 2)
            report.add("min", samples[index].min() ?? 0, decimals: 2)
            report.add("max", samples[index].max() ?? 0, decimals: 2)
            report.add("growth", medians[index] / medians[0], decimals: 2)
            report.finish()
        }
    }

    private func microseconds(in surroundings: Surroundings) async throws -> Double {
        var drain = Drain(bench)
        drain.tasks = tasks
        drain.extraPending = surroundings.pending
        drain.active = surroundings.active
        drain.queues = surroundings.queues
        return try await drain.run().seconds * 1e6 / Double(tasks)
    }
}
