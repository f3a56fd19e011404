import Logging
import TaskQueue

// example: handler-type
/// Has a place for its files.
struct ReportHandler: TaskHandler {
    let folder: String

    func process(_ task: QueueTask, context: TaskContext) async throws {
        try await write(task, into: folder)
    }
}
// end

private func write(_ task: QueueTask, into folder: String) async throws {}

// example: middleware
/// Tells how long each try took.
struct Timing: TaskMiddleware {
    let logger: Logger

    func process(_ task: QueueTask, context: TaskContext, next: any TaskHandler) async throws {
        let start = ContinuousClock.now
        defer {
            logger.info("a try ended", metadata: ["type": "\(task.type)", "took": "\(ContinuousClock.now - start)"])
        }
        try await next.process(task, context: context)
    }
}
// end

/// The examples of the article on handlers.
enum HandlerExamples {
    static func mux(logger: Logger, send: @escaping @Sendable ([UInt8]) async throws -> Void) {
        // example: mux
        let mux = ServeMux()
        mux.handle("mail:welcome") { task, context in
            try await send(task.payload ?? [])
        }
        mux.handle("report:", ReportHandler(folder: "/srv/reports"))
        // end

        // example: use-middleware
        mux.use(Timing(logger: logger))
        // end
    }

    static func repeatable(
        mux: ServeMux, charge: @escaping @Sendable (_ order: [UInt8], _ key: String) async throws -> Void
    ) {
        // example: repeatable-effect
        mux.handle("order:charge") { task, context in
            // The bank refuses a key that it has seen, so a second delivery charges nobody twice.
            try await charge(task.payload ?? [], context.taskID)
        }
        // end
    }

    static func cancellation(mux: ServeMux, pages: [Int], export: @escaping @Sendable (Int) async throws -> Void) {
        // example: heed-cancellation
        mux.handle("report:export") { task, context in
            for page in pages {
                try Task.checkCancellation()
                try await export(page)
            }
        }
        // end
    }

    static func cancel(inspector: TaskInspector, id: String) async throws {
        // example: cancel-a-task
        switch try await inspector.cancel(id, in: "reports") {
        case .archived: print("it was waiting, and is archived")
        case .requested: print("it runs; its worker ends it")
        }
        // end
    }

    static func handOver(mux: ServeMux, pay: @escaping @Sendable (QueueTask) async throws -> Void) {
        // example: hand-over
        mux.handle("order:pay") { task, context in
            try await pay(task)
            let next = QueueTask(type: "order:ship", payload: task.payload)
            try context.handOver(to: next, EnqueueOptions(taskID: "\(context.taskID).ship"))
        }
        // end
    }

    static func options(client: TaskClient, reminder: QueueTask) async throws {
        // example: task-options
        var options = EnqueueOptions(queue: "mail")
        options.maxRetry = 5
        options.timeout = .seconds(30)
        options.processIn = .seconds(3600)
        options.expiresIn = .seconds(2 * 3600)
        options.unique = .seconds(24 * 3600)
        options.uniqueKey = "reminder:ada"
        options.retention = .seconds(3600)
        try await client.enqueue(reminder, options)
        // end
    }

    static func groupMember(client: TaskClient, note: QueueTask) async throws {
        // example: group-member
        try await client.enqueue(note, EnqueueOptions(queue: "mail", group: "ada@example.com"))
        // end
    }

    static func groups(_ configuration: inout TaskServerConfiguration) {
        // example: group-aggregation
        let limits = GroupAggregation.Limits(gracePeriod: .seconds(10), maxDelay: .seconds(60), maxSize: 50)
        configuration.groupAggregation = GroupAggregation(limits: limits) { group, queue, tasks in
            let lines = tasks.compactMap(\.payload).joined(separator: Array("\n".utf8))
            return QueueTask(type: "mail:digest", payload: Array(lines), headers: ["to": group])
        }
        // end
    }

    static func queues() -> TaskServerConfiguration {
        // example: queues
        var configuration = TaskServerConfiguration(concurrency: 20)
        configuration.queues = QueueSelection(weights: ["critical": 6, "default": 3], prefixes: ["hospital-": 1])
        configuration.perQueueConcurrency = { queue in queue.hasPrefix("hospital-") ? 1 : nil }
        // end
        return configuration
    }
}
