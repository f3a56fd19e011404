import Foundation
import Redis
import ScheduleModel
import ScheduleStore
import ScheduleTasks
import TaskEvents
import TaskQueue

/// Puts one task into its queue, and watches it where that was asked for.
struct Enqueuer {
    let global: GlobalOptions
    let arguments: EnqueueArguments
    let type: ScheduleTaskType
    /// The hospital; `nil` where a version alone says which.
    let hospital: HospitalArgument?

    /// Enqueues a task.
    ///
    /// - Parameters:
    ///   - payload: What it is asked, without what this adds: hospital, user, file and chain.
    ///   - file: The workbook, whose bytes are put into Redis first.
    ///   - then: The task types that follow.
    /// - Throws: ``CommandFailure`` or the store's error; an `ExitCode` when the watched task's outcome is not success.
    func run(_ payload: SchedulePayload, file: WorkbookFile? = nil, then: [ScheduleTaskType] = []) async throws {
        var payload = payload
        let taskID = arguments.taskID ?? UUID().uuidString.lowercased()
        payload.hospitalCode = hospital?.code
        payload.filename = file?.name
        payload.dryRun = arguments.dryRun ? true : nil
        if !then.isEmpty { payload.workflow = WorkflowStep(id: taskID, step: 1, next: then) }
        if global.actorEmail != nil {
            payload.creatorID = try await global.withStore {
                try await global.actor(in: $0, holding: [.admin, .scheduler])
            }
        }
        let months = payload.monthsBack ?? payload.range.map { min(24, $0.months.count) }
        let options = arguments.options(
            type: type, id: taskID, queue: hospital?.queue ?? ScheduleQueue.shared, months: months)
        let ready = payload
        try await global.withRedis { redis in
            let info = try await enqueue(ready, file: file, options: options, redis: redis)
            announce(info)
            guard arguments.watch else { return }
            let watcher = TaskWatcher(
                configuration: try global.redisConfiguration(), inspector: TaskInspector(client: redis),
                console: global.console, logger: global.logger)
            let status = try await watcher.watch(
                Self.chain(taskID: taskID, queue: options.queue, steps: then.count + 1))
            if status != .done { throw status.exitCode }
        }
    }

    private func enqueue(
        _ payload: SchedulePayload, file: WorkbookFile?, options: EnqueueOptions, redis: RedisClient
    ) async throws -> TaskInfo {
        var payload = payload
        if let file {
            payload.source = try await WorkbookBlobs(redis: redis).put(
                file.bytes(), name: file.name, lifetime: BlobLifetime.of(options, now: Date()))
        }
        let bytes = try payload.encoded(for: type)
        // What a worker would refuse is refused here, before anybody waits for it.
        _ = try SchedulePayload(bytes, for: type)
        let broker = RedisBroker(
            client: redis, blockingClientConfiguration: try global.redisConfiguration(), logger: global.logger)
        return try await TaskClient(broker: broker).enqueue(QueueTask(type: type.rawValue, payload: bytes), options)
    }

    private func announce(_ info: TaskInfo) {
        let console = global.console
        if console.isJSON {
            let object: JSONValue = [
                "task_id": .string(info.id), "queue": .string(info.queue), "type": .string(info.type),
                "state": .string(info.state.rawValue),
            ]
            console.data(object.jsonText)
        } else if arguments.watch {
            console.say("task \(info.id) in queue \(info.queue): \(info.state.rawValue)")
        } else {
            console.data(info.id)
        }
    }

    /// The tasks of a chain, whose ids follow from the first (domain 2, `workflow`).
    static func chain(taskID: String, queue: String, steps: Int) -> [TaskReference] {
        (1...max(1, steps)).map { step in
            TaskReference(queue: queue, id: step == 1 ? taskID : DeterministicID.task(workflowID: taskID, step: step))
        }
    }
}
