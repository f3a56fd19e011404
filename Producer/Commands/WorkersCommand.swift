import ArgumentParser
import TaskEvents
import TaskQueue

/// `schedcu workers`: looks at worker processes.
struct WorkersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers", abstract: "Looks at worker processes.", subcommands: [WorkersListCommand.self])
}

/// `schedcu workers list`.
struct WorkersListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists worker processes that are alive, and what they run.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let servers = try await global.withRedis { redis in try await TaskInspector(client: redis).servers() }
        let console = global.console
        if console.isJSON {
            console.data(JSONValue.array(servers.map(Self.document)).jsonText)
        } else if servers.isEmpty {
            console.say("no workers")
        } else {
            for line in Self.lines(servers) { console.data(line) }
        }
    }

    private static func lines(_ servers: [ServerStatus]) -> [String] {
        var processes = Table("WORKER", "STATUS", ">RUNNING", ">CONCURRENCY", "STARTED", "QUEUES")
        var tasks = Table("WORKER", "QUEUE", "TYPE", "TASK", "STARTED")
        for status in servers {
            let server = status.server
            let name = "\(server.host):\(server.pid)"
            processes.add(
                name, server.status, "\(server.activeWorkerCount)", "\(server.concurrency)",
                EventTimestamp.text(of: server.startedAt), server.queues.keys.sorted().joined(separator: ","))
            for worker in status.workers {
                tasks.add(
                    name, worker.queue, worker.taskType, worker.taskID, EventTimestamp.text(of: worker.startedAt))
            }
        }
        return processes.lines + (tasks.isEmpty ? [] : [""] + tasks.lines)
    }

    private static func document(_ status: ServerStatus) -> JSONValue {
        let server = status.server
        let tasks = status.workers.map { worker -> JSONValue in
            [
                "task_id": .string(worker.taskID), "queue": .string(worker.queue), "type": .string(worker.taskType),
                "started_at": .string(EventTimestamp.text(of: worker.startedAt)),
                "deadline": .string(EventTimestamp.text(of: worker.deadline)),
            ]
        }
        return [
            "host": .string(server.host), "pid": .integer(Int64(server.pid)), "server_id": .string(server.serverID),
            "status": .string(server.status), "concurrency": .integer(Int64(server.concurrency)),
            "running": .integer(Int64(server.activeWorkerCount)), "strict_priority": .bool(server.strictPriority),
            "started_at": .string(EventTimestamp.text(of: server.startedAt)),
            "queues": .object(server.queues.mapValues { .integer(Int64($0)) }), "tasks": .array(tasks),
        ]
    }
}
