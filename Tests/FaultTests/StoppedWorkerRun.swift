import Foundation
import QueueTestWorker
import Redis
import TaskQueue

/// A worker that is stopped for longer than its leases live, while another takes its tasks over by asynq's rule.
///
/// The workers' clocks run twenty times as fast as real time, so that a lease of 30 s and its grace of 30 s are over after
/// 3 s; and a silent worker counts as alive for a minute of real time, so that nobody rescues its tasks before.
struct StoppedWorkerRun: Sendable {
    /// What came of it.
    struct Report: Sendable {
        /// The worker that was stopped.
        let stopped: Int32
        /// The records of all handlers.
        let records: [RunRecord]
        /// The stored tasks by id, with what is in their container.
        let snapshot: Snapshot
        /// The messages of the tasks by id.
        let messages: [String: TaskMessage]
        /// Which tasks were still active when their newer run's handler said that it had succeeded.
        let endedByNewerRun: Set<String>
        let violations: [Violation]
        let log: String
    }

    /// The task whose first run waits until it is told to end.
    static let told = "told"
    /// The task whose first run heeds nothing and says "success" when its worker goes on.
    static let late = "late"
    private static let patience = Duration.seconds(60)

    private let fleet: Fleet
    private let control: RedisClient
    private let keys = RedisKeys(queue: SequenceRun.queue)

    /// Runs it from the start of its processes to their end.
    static func report(sabotage: Sabotage) async throws -> Report {
        let fleet = try Fleet(
            settings: WorkerSettings(
                redis: "", queue: SequenceRun.queue, liveness: .seconds(60), sabotage: sabotage, clockRate: 20))
        do {
            try await fleet.startRedis()
            let control = RedisClient(fleet.configuration, name: "control", logger: fleet.logger)
            let report = try await Self(fleet: fleet, control: control).run()
            await control.close()
            await fleet.close()
            return report
        } catch {
            await fleet.close()
            throw error
        }
    }

    private func run() async throws -> Report {
        try await fleet.startWorkers(1)
        try await enqueue()
        try await until("both tasks run") { $0.count { $0.event == .started } == 2 }
        let stopped = await fleet.processID(of: 0)
        await fleet.signal(SIGSTOP, worker: 0)
        try await fleet.startWorkers(1)
        try await until("another worker runs both") {
            $0.count { $0.event == .started && $0.processID != stopped } == 2
        }
        await fleet.signal(SIGCONT, worker: 0)
        try await until("the stopped worker's runs have ended") {
            $0.count { $0.event != .started && $0.processID == stopped } == 2
        }
        try await until("the newer runs have ended") { $0.count { $0.event != .started } == 4 }
        try await until("their outcomes are written") { _ in
            try await control.send("EXISTS", .string(keys.active), .string(keys.pending), .string(keys.retry))
                .integer() == 0
        }
        await fleet.stopWorkers(patience: Self.patience)
        let snapshot = try await Snapshot.read(control, queue: SequenceRun.queue)
        var messages: [String: TaskMessage] = [:]
        for id in snapshot.tasks.keys {
            messages[id] = try TaskMessage(decoding: await control.send("HGET", .string(keys.task(id)), "msg").bytes())
        }
        return Report(
            stopped: stopped, records: try await records(), snapshot: snapshot, messages: messages,
            endedByNewerRun: try endedByNewerRun(than: stopped), violations: await fleet.violations, log: fleet.log)
    }

    private func enqueue() async throws {
        let client = TaskClient(redis: fleet.configuration, logger: fleet.logger)
        for (id, behaviour) in [
            (Self.told, TaskBehaviour(.hold, times: 1, milliseconds: 3000)),
            (Self.late, TaskBehaviour(.deaf, milliseconds: 6000)),
        ] {
            try await client.enqueue(
                QueueTask(type: SequenceRun.taskType, payload: behaviour.payload),
                EnqueueOptions(
                    queue: SequenceRun.queue, taskID: id, maxRetry: 3, timeout: .seconds(100_000),
                    retention: .seconds(1_000_000)))
        }
        await client.close()
    }

    private func records() async throws -> [RunRecord] {
        try await control.send("LRANGE", .string(RunRecord.key), 0, -1).array().compactMap {
            RunRecord(try $0.string())
        }
    }

    /// Looks again and again until a condition on the records holds.
    private func until(_ what: String, _ condition: ([RunRecord]) async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + Self.patience
        while try await !condition(records()) {
            guard ContinuousClock.now < deadline else {
                throw SequenceRun.NotInTime(
                    description:
                        "\(Self.patience) were not enough until \(what): \(try await records()) \(fleet.logTail)")
            }
            try await Task.sleep(for: SequenceRun.pollInterval)
        }
    }

    /// The tasks that left the active list for the last time after their newer run's handler had succeeded.
    private func endedByNewerRun(than stopped: Int32) throws -> Set<String> {
        let transactions = try fleet.commandLog().transactions
        return Set(
            [Self.told, Self.late].filter { id in
                let success = transactions.firstIndex { commands in
                    commands.contains { words in
                        guard words.count == 3, words[1] == RunRecord.key, let record = RunRecord(words[2]) else {
                            return false
                        }
                        return record.event == .succeeded && record.task == id && record.processID != stopped
                    }
                }
                let end = transactions.lastIndex { commands in
                    commands.contains {
                        $0.first?.uppercased() == "LREM" && $0.dropFirst().first == keys.active && $0.last == id
                    }
                }
                guard let success, let end else { return false }
                return success < end
            })
    }
}
