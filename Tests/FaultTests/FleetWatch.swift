import Foundation
import QueueTestWorker
import Redis
import TaskQueue

/// What a test with planned faults sees of its fleet, and waits for.
struct FleetWatch: Sendable {
    let fleet: Fleet
    let control: RedisClient
    let inspector: TaskInspector
    let keys = RedisKeys(queue: SequenceRun.queue)

    /// Runs a test on a fleet of its own, from the start of its Redis to the end of its processes.
    static func onFleet<Report: Sendable>(
        _ settings: WorkerSettings, _ body: @Sendable (FleetWatch) async throws -> Report
    ) async throws -> Report {
        let fleet = try Fleet(settings: settings)
        do {
            try await fleet.startRedis()
            let watch = FleetWatch(
                fleet: fleet, control: RedisClient(fleet.configuration, name: "control", logger: fleet.logger),
                inspector: TaskInspector(redis: fleet.configuration, logger: fleet.logger))
            async let supervision: Void = fleet.superviseWorkers()
            let report = try await body(watch)
            await supervision
            await watch.control.close()
            await watch.inspector.close()
            await fleet.close()
            return report
        } catch {
            await fleet.close()
            throw error
        }
    }

    /// Has Redis know scripts, so that each call of one is a command with its digest.
    func load(_ scripts: [LuaScript]) async throws {
        for script in scripts { try await control.send("SCRIPT", "LOAD", .string(script.source)) }
    }

    /// What the handlers have recorded.
    func records() async throws -> [RunRecord] {
        try await control.send("LRANGE", .string(RunRecord.key), 0, -1).array().compactMap {
            RunRecord(try $0.string())
        }
    }

    /// Looks again and again until a condition holds.
    func until(_ what: String, _ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + SequenceRun.patience
        while try await !condition() {
            guard ContinuousClock.now < deadline else {
                throw SequenceRun.NotInTime(
                    description: "\(SequenceRun.patience) were not enough until \(what): \(fleet.logTail)")
            }
            try await Task.sleep(for: SequenceRun.pollInterval)
        }
    }

    /// What Redis's log says at the end, and what is left.
    func judge(
        _ plans: [TaskPlan], _ operations: Operations, _ features: FaultFeatures = FaultFeatures()
    ) async throws -> InvariantChecker {
        InvariantChecker(
            plans: plans, operations: operations,
            replay: QueueReplay(try fleet.commandLog(), queue: SequenceRun.queue),
            snapshot: try await Snapshot.read(control, queue: SequenceRun.queue), features: features)
    }
}
