import ArgumentParser
import Foundation
import TaskEvents
import TaskQueue

/// `schedcu tasks`: looks at tasks and cancels them.
struct TasksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks", abstract: "Lists, shows and cancels tasks.",
        subcommands: [TasksListCommand.self, TasksShowCommand.self, TasksCancelCommand.self])
}

/// A task's state as an argument.
struct StateArgument: ExpressibleByArgument {
    let state: TaskState

    init?(argument: String) {
        guard let state = TaskState(rawValue: argument.lowercased()), state != .aggregating else { return nil }
        self.state = state
    }

    static var allValueStrings: [String] { listed.map(\.rawValue) }

    /// The states that a list goes through; groups are no part of the application.
    static let listed: [TaskState] = [.active, .pending, .scheduled, .retry, .archived, .completed]
}

/// `schedcu tasks list`.
struct TasksListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists tasks by queue and state.")

    @Option(help: "The queue; all queues unless given.")
    var queue: String?

    @Option(help: "active, pending, scheduled, retry, archived or completed; all states unless given.")
    var state: StateArgument?

    @Option(help: ArgumentHelp("The page of each queue and state, from 1.", valueName: "n"))
    var page = 1

    @Option(help: ArgumentHelp("How many tasks a page holds, 1 to 1000.", valueName: "n"))
    var size = TaskInspector.defaultPageSize

    @Option(help: "Only tasks of this type, such as ods:import, on the page.")
    var type: String?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if page < 1 { throw ValidationError("--page counts from 1") }
        if !(1...1000).contains(size) { throw ValidationError("--size is from 1 to 1000") }
    }

    func run() async throws {
        let tasks = try await global.withRedis { redis in
            let inspector = TaskInspector(client: redis)
            let queues = if let queue { [queue] } else { try await inspector.queues() }
            var tasks: [TaskInfo] = []
            for queue in queues {
                for state in state.map({ [$0.state] }) ?? StateArgument.listed {
                    tasks += try await inspector.tasks(in: queue, state: state, page: page, size: size)
                }
            }
            return tasks.filter { type == nil || $0.type == type }
        }
        let console = global.console
        if console.isJSON {
            console.data(JSONValue.array(tasks.map { TaskDocument.brief($0) }).jsonText)
        } else if tasks.isEmpty {
            console.say("no tasks")
        } else {
            var table = Table("QUEUE", "STATE", "TYPE", "ID", ">RETRIED", "NEXT", "LAST ERROR")
            for task in tasks {
                table.add(
                    task.queue, task.isOrphaned ? "\(task.state.rawValue) (orphaned)" : task.state.rawValue, task.type,
                    task.id, "\(task.retried)/\(task.maxRetry)", Self.next(task), task.lastError ?? "")
            }
            for line in table.lines { console.data(line) }
        }
    }

    private static func next(_ task: TaskInfo) -> String {
        guard task.state != .pending else { return "now" }
        return task.nextProcessAt.map { EventTimestamp.text(of: $0) } ?? ""
    }
}

/// `schedcu tasks show`.
struct TasksShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows a task with its payload, last error and result.")

    @Argument(help: "The task's id.")
    var taskIDs: [String]

    @Option(help: "The task's queue; all queues are searched unless given.")
    var queue: String?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let tasks = try await global.withRedis { redis in
            let inspector = TaskInspector(client: redis)
            var tasks: [TaskInfo] = []
            for task in try await TaskFinder(inspector: inspector, queue: queue).find(taskIDs) {
                tasks.append(try await inspector.task(task.id, in: task.queue))
            }
            return tasks
        }
        let console = global.console
        for task in tasks {
            if console.isJSON {
                console.data(TaskDocument.full(task).jsonText)
            } else {
                for line in TaskDocument.lines(task, colour: Colour(isOn: console.usesColour)) { console.data(line) }
            }
        }
    }
}

/// `schedcu tasks cancel`.
struct TasksCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancels tasks: waiting ones are archived, running ones are asked to end.",
        discussion: "Name tasks, or all of a queue's state with --all --state S --queue Q.")

    @Argument(help: "Ids of tasks.")
    var taskIDs: [String] = []

    @Option(help: "The tasks' queue; all queues are searched for an id unless given.")
    var queue: String?

    @Flag(help: "All tasks of --state in --queue.")
    var all = false

    @Option(help: "With --all: active, pending, scheduled or retry.")
    var state: StateArgument?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard all else {
            if taskIDs.isEmpty { throw ValidationError("name tasks, or give --all --state S --queue Q") }
            if state != nil { throw ValidationError("--state needs --all") }
            return
        }
        guard taskIDs.isEmpty, queue != nil, let state else {
            throw ValidationError("--all needs --state and --queue, and no ids")
        }
        if state.state == .archived || state.state == .completed {
            throw ValidationError("tasks that are \(state.state.rawValue) are over. choose another --state")
        }
    }

    func run() async throws {
        let isWhole = try await global.withRedis { redis in
            let inspector = TaskInspector(client: redis)
            var isWhole = true
            for task in try await chosen(inspector) {
                do {
                    tell(task, try await inspector.cancel(task.id, in: task.queue))
                } catch let error as InspectorError {
                    // One of many that was quicker is no reason to leave the others.
                    if let line = ErrorLine(error, usage: "").text { Console.writeError(line) }
                    isWhole = false
                }
            }
            return isWhole
        }
        if !isWhole { throw ExitStatus.failed.exitCode }
    }

    private func chosen(_ inspector: TaskInspector) async throws -> [TaskReference] {
        guard let queue, let state else {
            return try await TaskFinder(inspector: inspector, queue: queue).find(taskIDs)
        }
        var tasks: [TaskReference] = []
        for page in 1... {
            let found = try await inspector.tasks(in: queue, state: state.state, page: page, size: 1000)
            tasks += found.map { TaskReference(queue: queue, id: $0.id) }
            if found.count < 1000 { break }
        }
        return tasks
    }

    private func tell(_ task: TaskReference, _ outcome: TaskInspector.CancelOutcome) {
        let console = global.console
        let state = outcome == .archived ? "archived" : "requested"
        if console.isJSON {
            let object: JSONValue = [
                "task_id": .string(task.id), "queue": .string(task.queue), "outcome": .string(state),
            ]
            console.data(object.jsonText)
        } else {
            let words = outcome == .archived ? "cancelled and archived" : "asked to end; its worker archives it"
            console.say("task \(SafeText.line(task.id)) in queue \(SafeText.line(task.queue)): \(words)")
        }
    }
}
