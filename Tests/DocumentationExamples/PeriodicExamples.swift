import Foundation
import Logging
import Redis
import TaskQueue

// example: periodic-provider
/// Which reports are wanted is said in a database.
struct ReportPlan: PeriodicTaskProvider {
    let wanted: @Sendable () async throws -> [(name: String, spec: String)]

    func periodicTasks() async throws -> [PeriodicTaskConfiguration] {
        try await wanted().map { report in
            let task = QueueTask(type: "report:build", payload: Array(report.name.utf8))
            return PeriodicTaskConfiguration(
                report.spec, task, EnqueueOptions(queue: "reports"), id: .fixed(report.name))
        }
    }
}
// end

/// The examples of the article on periodic tasks.
enum PeriodicExamples {
    static func schedule(redis: RedisConfiguration, logger: Logger) async throws {
        // example: periodic-scheduler
        let scheduler = PeriodicTaskScheduler(redis: redis, logger: logger)
        try scheduler.register("*/15 * * * *", QueueTask(type: "report:refresh"), EnqueueOptions(queue: "reports"))
        try scheduler.register("CRON_TZ=Europe/Berlin 0 6 * * mon-fri", QueueTask(type: "mail:morning"))
        try await scheduler.run()
        // end
    }

    static func fleet(redis: RedisConfiguration, logger: Logger) throws -> PeriodicTaskScheduler {
        // example: periodic-fleet
        var configuration = PeriodicSchedulerConfiguration()
        configuration.enqueuesOncePerTick = true
        configuration.fleet = "reports"
        let scheduler = PeriodicTaskScheduler(redis: redis, configuration: configuration, logger: logger)
        try scheduler.register("0 2 * * *", QueueTask(type: "report:nightly"), misfirePolicy: .runOnce)
        // end
        return scheduler
    }

    static func seconds(redis: RedisConfiguration, logger: Logger) throws -> PeriodicTaskScheduler {
        // example: periodic-seconds
        var configuration = PeriodicSchedulerConfiguration()
        configuration.allowsSeconds = true
        let scheduler = PeriodicTaskScheduler(redis: redis, configuration: configuration, logger: logger)
        try scheduler.register("*/10 * * * * *", QueueTask(type: "pulse"))
        // end
        return scheduler
    }

    static func next() throws -> Date? {
        // example: cron-next
        let schedule = try CronSchedule("30 4 1,15 * fri")
        let next = schedule.next(after: Date())
        // end
        return next
    }

    static func manage(
        redis: RedisConfiguration, logger: Logger,
        wanted: @escaping @Sendable () async throws -> [(name: String, spec: String)]
    ) async throws {
        // example: periodic-manager
        let plan = ReportPlan(wanted: wanted)
        let manager = PeriodicTaskManager(redis: redis, provider: plan, syncInterval: .seconds(60), logger: logger)
        try await manager.run()
        // end
    }

    static func look(inspector: TaskInspector) async throws {
        // example: periodic-look
        for entry in try await inspector.schedulerEntries() {
            print("\(entry.id) \(entry.spec) \(entry.taskType)")
            for event in try await inspector.schedulerEnqueueEvents(entry: entry.id, size: 3) {
                print("  task \(event.taskID) at \(event.enqueuedAt)")
            }
        }
        // end
    }
}
