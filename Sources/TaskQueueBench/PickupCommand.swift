import ArgumentParser
import ConcurrencySupport
import Glibc
import Redis
import TaskQueue

/// Times how long a task waits for a worker that has free slots.
///
/// The worker is this process, the producer another on the same machine, so that both read the same clock. The time is
/// counted from before the producer's call to the handler's first line; for scheduled tasks from the second in their score.
struct PickupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pickup", abstract: "Times the start of tasks after their creation, or after their moment.")

    @OptionGroup var bench: BenchOptions
    @Option(help: "Tasks a second.") var rate = 100
    @Option(help: "For how many seconds.") var seconds = 10
    @Option(help: "How many queues the worker serves and the producer uses in turn.") var queues = 1
    @Option(help: "How many tasks the worker runs at once.") var concurrency = 50
    @Flag(help: "Beside them 2,000 other tasks a second of 5 ms each keep a fifth of 50 slots taken.") var busy = false
    @Flag(help: "The tasks are laid down as Go's client does, without ours.") var go = false
    @Flag(help: "The tasks are scheduled 1 to 3 s ahead.") var scheduled = false

    private static let loadType = "bench:load"
    private static let loadRate = 2000
    private static let loadLength = Duration.milliseconds(5)

    func run() async throws {
        let redis = try bench.client()
        try await redis.send("FLUSHDB")
        await redis.close()
        let weights = Dictionary(uniqueKeysWithValues: BenchOptions.queues(queues).map { ($0, 1) })
        let server = TaskServer(
            redis: try bench.configuration(),
            configuration: TaskServerConfiguration(
                concurrency: concurrency, queues: QueueSelection(weights: weights), shutdownTimeout: .seconds(1)),
            logger: BenchOptions.logger)
        let delays = LockedValue<[Int64]>([])
        let countdown = Countdown(rate * seconds)
        async let running: Void = server.run(Self.handler(delays, countdown))
        try await Task.sleep(for: .seconds(1))  // the worker is idle when the first task comes
        try await produce(countdown)
        await server.shutdown()
        try await running
        try report(delays.withLock { $0 })
    }

    private static func handler(_ delays: LockedValue<[Int64]>, _ countdown: Countdown) -> ClosureHandler {
        ClosureHandler { task, _ in
            let now = ProcessFigures.unixNanoseconds
            guard task.type != loadType else { return try await Task.sleep(for: loadLength) }
            guard let then = Int64(String(decoding: task.payload ?? [], as: UTF8.self)) else {
                throw BenchFailure("a payload holds no moment")
            }
            delays.withLock { $0.append(now - then) }
            countdown.step()
        }
    }

    /// Starts the producers and waits until every task that counts has started, 30 s beyond the time they take.
    private func produce(_ countdown: Countdown) async throws {
        let common = ["produce", "--redis", bench.redis, "--queues", "\(queues)"]
        let load = busy ? try ChildProcess(loadArguments(common)) : nil
        let flags = (go ? ["--go"] : []) + (scheduled ? ["--scheduled"] : [])
        try await ChildProcess.run(common + ["--rate", "\(rate)", "--seconds", "\(seconds)"] + flags)
        await countdown.wait(atMost: .seconds(30))
        load?.send(SIGKILL)
        await load?.wait()
    }

    private func loadArguments(_ common: [String]) -> [String] {
        // Longer than the measurement, and ended with it.
        common + ["--rate", "\(Self.loadRate)", "--seconds", "\(seconds + 10)", "--type", Self.loadType]
    }

    private func report(_ delays: [Int64]) throws {
        guard delays.count == rate * seconds else {
            throw BenchFailure("\(delays.count) of \(rate * seconds) tasks were started once")
        }
        var report = Report(scheduled ? "lateness" : "pickup")
        report.add("producer", go ? "go" : "ours")
        report.add("rate", rate)
        report.add("queues", queues)
        report.add("load", busy ? "busy" : "idle")
        report.add("tasks", delays.count)
        report.add("", milliseconds: delays)
        report.add("min_ms", Double(delays.min() ?? 0) / 1e6, decimals: 3)
        report.finish()
    }
}
