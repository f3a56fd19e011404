import ArgumentParser
import TaskEvents
import TaskQueue

/// `schedcu queues`: looks at queues.
struct QueuesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queues", abstract: "Looks at queues.", subcommands: [QueuesListCommand.self])
}

/// `schedcu queues list`.
struct QueuesListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists queues with their numbers.")

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let queues = try await global.withRedis { redis in
            let inspector = TaskInspector(client: redis)
            var queues: [QueueInfo] = []
            for name in try await inspector.queues() {
                // One that was removed meanwhile is none.
                if let info = try await Self.info(name, inspector) { queues.append(info) }
            }
            return queues
        }
        let console = global.console
        if console.isJSON {
            console.data(JSONValue.array(queues.map(Self.document)).jsonText)
        } else if queues.isEmpty {
            console.say("no queues")
        } else {
            for line in Self.table(queues).lines { console.data(line) }
        }
    }

    private static func info(_ name: String, _ inspector: TaskInspector) async throws -> QueueInfo? {
        do {
            return try await inspector.queueInfo(for: name)
        } catch let error as InspectorError where error.code == .queueNotFound {
            return nil
        }
    }

    private static func table(_ queues: [QueueInfo]) -> Table {
        var table = Table(
            "QUEUE", ">ACTIVE", ">PENDING", ">SCHEDULED", ">RETRY", ">ARCHIVED", ">COMPLETED", ">DONE TODAY",
            ">FAILED TODAY",
            ">LATENCY", "")
        for queue in queues {
            let counts = StateArgument.listed.map { "\(queue.count($0))" }
            table.add(
                queue.queue, counts[0], counts[1], counts[2], counts[3], counts[4], counts[5],
                "\(queue.processedToday)", "\(queue.failedToday)", NumberText.seconds(queue.latency.timeInterval),
                queue.isPaused ? "paused" : "")
        }
        return table
    }

    private static func document(_ queue: QueueInfo) -> JSONValue {
        var object: [String: JSONValue] = [
            "queue": .string(queue.queue), "size": .integer(Int64(queue.size)), "paused": .bool(queue.isPaused),
            "latency_s": .number((queue.latency.timeInterval * 1000).rounded() / 1000),
            "processed_today": .integer(Int64(queue.processedToday)),
            "failed_today": .integer(Int64(queue.failedToday)),
            "processed_total": .integer(Int64(queue.processedTotal)),
            "failed_total": .integer(Int64(queue.failedTotal)),
            "groups": .integer(Int64(queue.groups)),
        ]
        for state in TaskState.allCases { object[state.rawValue] = .integer(Int64(queue.count(state))) }
        return .object(object)
    }
}
