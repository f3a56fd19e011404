import Logging
import Redis
import TaskQueue

/// The two programs of the first page and of the README.
enum QuickStart {
    static func produce(url: String) async throws -> TaskInfo {
        // example: producer
        let logger = Logger(label: "mail-producer")
        let redis = try RedisConfiguration(url: url)
        let client = TaskClient(redis: redis, logger: logger)
        let welcome = QueueTask(type: "mail:welcome", payload: Array("ada@example.com".utf8))
        let options = EnqueueOptions(queue: "mail", maxRetry: 3, retention: .seconds(3600))
        let info = try await client.enqueue(welcome, options)
        print("task \(info.id) is \(info.state)")
        await client.close()
        // end
        return info
    }

    static func work(url: String, send: @escaping @Sendable (String) async throws -> Void) async throws {
        // example: worker
        let logger = Logger(label: "mail-worker")
        let redis = try RedisConfiguration(url: url)
        let mux = ServeMux()
        mux.handle("mail:welcome") { task, context in
            let address = String(decoding: task.payload ?? [], as: UTF8.self)
            try await send(address)
            try await context.resultWriter.write(Array("sent".utf8))
        }
        let configuration = TaskServerConfiguration(concurrency: 4, queues: ["mail": 1])
        try await TaskServer(redis: redis, configuration: configuration, logger: logger).run(mux)
        // end
    }

    static func look(_ redis: RedisConfiguration, _ logger: Logger) async throws {
        // example: first-look
        let inspector = TaskInspector(redis: redis, logger: logger)
        let mail = try await inspector.queueInfo(for: "mail")
        print("\(mail.count(.pending)) wait, \(mail.count(.active)) run, \(mail.failedToday) tries failed today")
        for task in try await inspector.tasks(in: "mail", state: .retry) {
            print("\(task.id): \(task.lastError ?? "no error") (retry \(task.retried + 1) of \(task.maxRetry))")
        }
        for worker in try await inspector.servers() {
            print("\(worker.server.host):\(worker.server.pid) runs \(worker.workers.count)")
        }
        await inspector.close()
        // end
    }
}
