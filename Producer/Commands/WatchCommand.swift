import ArgumentParser
import Redis
import TaskEvents
import TaskQueue

/// `schedcu watch`: shows what tasks do, what was missed first.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Shows the progress of tasks: what was missed, and then what happens.",
        discussion: """
            Name tasks, or --hospital, or --all. Ctrl-C stops watching, never the task. With --until-done the exit status is \
            the worst outcome of the named tasks.
            """)

    @Argument(help: "Ids of tasks.")
    var taskIDs: [String] = []

    @Option(help: "The tasks' queue; all queues are searched unless given.")
    var queue: String?

    @Option(help: ArgumentHelp("All tasks of a hospital, from now on.", valueName: "code"))
    var hospital: HospitalArgument?

    @Flag(help: "All tasks, from now on.")
    var all = false

    @Option(help: ArgumentHelp("The first event shown of each named task, from 1.", valueName: "n"))
    var fromSeq: Int?

    @Flag(help: "End when all named tasks are done.")
    var untilDone = false

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        let choices = [!taskIDs.isEmpty, hospital != nil, all].count { $0 }
        guard choices == 1 else { throw ValidationError("name tasks, or give --hospital or --all") }
        if taskIDs.isEmpty, queue != nil || fromSeq != nil || untilDone {
            throw ValidationError("--queue, --from-seq and --until-done need task ids")
        }
        if let fromSeq, fromSeq < 1 { throw ValidationError("--from-seq counts from 1") }
    }

    func run() async throws {
        try await global.withRedis { redis in
            let inspector = TaskInspector(client: redis)
            let tasks = try await TaskFinder(inspector: inspector, queue: queue).find(taskIDs)
            if untilDone { try await watchUntilDone(tasks, inspector: inspector) } else { try await follow(tasks) }
        }
    }

    private func watchUntilDone(_ tasks: [TaskReference], inspector: TaskInspector) async throws {
        var status = ExitStatus.done
        for task in tasks {
            var watcher = TaskWatcher(
                configuration: try global.redisConfiguration(), inspector: inspector, console: global.console,
                logger: global.logger)
            watcher.fromSeq = fromSeq ?? 1
            if tasks.count > 1 {
                global.console.say("task \(SafeText.line(task.id)) in queue \(SafeText.line(task.queue))")
            }
            status = status.worse(try await watcher.watch([task]))
        }
        if status != .done { throw status.exitCode }
    }

    private func follow(_ tasks: [TaskReference]) async throws {
        let follower = TaskEventFollower(configuration: try global.redisConfiguration(), logger: global.logger)
        let events =
            if let hospital { follower.events(ofHospital: hospital.code) } else if all { follower.allEvents() } else {
                follower.events(of: tasks.map { (queue: $0.queue, id: $0.id) }, fromSeq: fromSeq ?? 1)
            }
        var screen = WatchScreen(console: global.console, namesTask: tasks.count != 1)
        do {
            try await WatchSignal.forEach(of: events, tickEvery: .seconds(3600)) { signal in
                switch signal {
                case .event(let event): screen.show(event)
                case .tick: break
                case .interrupted:
                    screen.clear()
                    TaskWatcher.sayInterrupted(tasks.isEmpty ? all ? "--all" : "--hospital" : "TASK_ID")
                    throw ExitStatus.interrupted.exitCode
                case .ended(let error): throw error ?? RedisError(.connectionLost, "the events ended")
                }
                return true
            }
        } catch {
            await follower.close()
            throw error
        }
    }
}

/// Finds tasks by id alone, by looking through all queues.
struct TaskFinder {
    let inspector: TaskInspector
    /// The only queue to look at; `nil` for all.
    let queue: String?

    /// The full names of tasks.
    ///
    /// - Parameter ids: Their ids.
    /// - Returns: Their names, in the order of `ids`; with ``queue`` given nothing is looked up.
    /// - Throws: ``CommandFailure`` for an id that no queue or more than one queue has, or the store's error.
    func find(_ ids: [String]) async throws -> [TaskReference] {
        if let queue { return ids.map { TaskReference(queue: queue, id: $0) } }
        guard !ids.isEmpty else { return [] }
        let queues = try await inspector.queues()
        var found: [TaskReference] = []
        for id in ids { found.append(try await find(id, in: queues)) }
        return found
    }

    private func find(_ id: String, in queues: [String]) async throws -> TaskReference {
        var holders: [String] = []
        for queue in queues {
            do {
                _ = try await inspector.task(id, in: queue)
                holders.append(queue)
            } catch let error as InspectorError where error.code == .taskNotFound || error.code == .queueNotFound {
                continue
            }
        }
        let name = "task \(SafeText.line(id))"
        guard let holder = holders.first else {
            throw CommandFailure(.failed, name, "no queue has it. check the id, or name its --queue")
        }
        guard holders.count == 1 else {
            throw CommandFailure(.failed, name, "\(holders.count) queues have it. name its --queue")
        }
        return TaskReference(queue: holder, id: id)
    }
}
