import Redis
import TaskQueue

/// One drain: what is to be done, and the doing of it.
struct Drain {
    /// What a drain cost.
    struct Figures {
        /// From the server's start to the last acknowledgement, or to the last start where more is pending.
        let seconds: Double
        /// Of this process meanwhile.
        let cpuSeconds: Double
        /// Of Redis meanwhile.
        let redisSeconds: Double
        /// Of this process so far.
        let peakMemoryMB: Double
    }

    private let bench: BenchOptions
    private let direct: BenchOptions
    /// How many tasks are timed.
    var tasks = 20_000
    /// The size of each payload.
    var payloadBytes = 200
    /// How many tasks the server runs at once.
    var concurrency = 50
    /// Over how many queues the tasks are spread.
    var queues = 1
    /// How many more tasks are pending.
    var extraPending = 0
    /// How many tasks of another worker are active beside them, in the first queue.
    var active = 0

    /// Describes a drain of 20,000 tasks; `direct` is the server itself where `bench` leads to a relay.
    init(_ bench: BenchOptions, direct: String? = nil) {
        self.bench = bench
        var server = bench
        if let direct { server.redis = direct }
        self.direct = server
    }

    private var names: [String] { BenchOptions.queues(queues) }

    /// Empties the database, fills it by another process, and drains it in this one.
    func run() async throws -> Figures {
        let redis = try direct.client()
        try await redis.send("FLUSHDB")
        try await ChildProcess.run([
            "fill", "--redis", direct.redis, "--tasks", "\(tasks + extraPending)", "--payload-bytes", "\(payloadBytes)",
            "--queues", "\(queues)",
        ])
        if active > 0 { try await ForeignTasks.activate(active, in: names[0], redis) }
        let figures = try await measure(redis)
        await redis.close()
        return figures
    }

    private func measure(_ redis: RedisClient) async throws -> Figures {
        let weights = Dictionary(uniqueKeysWithValues: names.map { ($0, 1) })
        let server = TaskServer(
            redis: try bench.configuration(),
            configuration: TaskServerConfiguration(concurrency: concurrency, queues: QueueSelection(weights: weights)),
            logger: BenchOptions.logger)
        let countdown = Countdown(tasks)
        let redisCPU = try await RedisFigures.cpuSeconds(redis)
        let cpu = ProcessFigures.cpuSeconds
        let began = ContinuousClock.now
        async let running: Void = server.run(ClosureHandler { _, _ in countdown.step() })
        await countdown.wait()
        if extraPending == 0 { try await waitUntilAcknowledged(redis) }
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        let figures = Figures(
            seconds: seconds, cpuSeconds: ProcessFigures.cpuSeconds - cpu,
            redisSeconds: try await RedisFigures.cpuSeconds(redis) - redisCPU,
            peakMemoryMB: try ProcessFigures.peakMemoryMB())
        await server.shutdown()
        try await running
        if extraPending == 0 { try await check(redis, countdown) }
        return figures
    }

    /// The last handlers have run, and the outcomes of up to `concurrency` of them are still to be written.
    private func waitUntilAcknowledged(_ redis: RedisClient) async throws {
        let limit = ContinuousClock.now + .seconds(30)
        for (index, queue) in names.enumerated() {
            let left = index == 0 ? Int64(active) : 0
            let key = RedisArgument.string(RedisKeys(queue: queue).active)
            while try await redis.send("LLEN", key).integer() > left {
                guard ContinuousClock.now < limit else { throw BenchFailure("tasks of \(queue) are still active") }
            }
        }
    }

    /// A drain counts only when each task ran once and was acknowledged once.
    private func check(_ redis: RedisClient, _ countdown: Countdown) async throws {
        var processed: Int64 = 0
        for queue in names {
            let keys = RedisKeys(queue: queue)
            let counted = try await redis.send("GET", .string(keys.processedTotal))
            if counted != .null { processed += try counted.integer() }
            guard try await redis.send("LLEN", .string(keys.pending)).integer() == 0 else {
                throw BenchFailure("tasks of \(queue) are still pending")
            }
        }
        guard processed == Int64(tasks), countdown.missing == 0 else {
            throw BenchFailure("\(tasks - countdown.missing) runs and \(processed) outcomes of \(tasks) tasks")
        }
    }
}
