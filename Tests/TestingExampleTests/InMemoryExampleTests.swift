import Logging
import TaskQueue
import Testing

/// The other examples of the article on testing.
@Suite struct InMemoryExampleTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test func `a producer's tasks are looked at without a worker`() async throws {
        // example: test-of-a-producer
        let broker = InMemoryBroker()
        let client = TaskClient(broker: broker)
        try await signUp("ada@example.com", client: client)

        let tasks = broker.tasks(in: "mail")
        #expect(tasks.map(\.type) == ["mail:welcome", "mail:reminder"])
        #expect(tasks.map(\.state) == [.pending, .scheduled])
        // end
    }

    @Test func `a task that failed runs again once its wait is over`() async throws {
        // example: test-of-a-retry
        let broker = InMemoryBroker()
        var configuration = TaskServerConfiguration()
        configuration.retryPolicy = RetryPolicy { _, _, _ in .seconds(60) }
        let mux = ServeMux()
        mux.handle("mail:welcome") { _, context in
            if context.retried == 0 { throw MailServerAway() }
        }
        let server = TaskServer(broker: broker, configuration: configuration, logger: logger)
        let running = Task { try await server.run(mux) }

        let options = EnqueueOptions(taskID: "welcome", retention: .seconds(3600))
        try await TaskClient(broker: broker).enqueue(QueueTask(type: "mail:welcome"), options)
        try await broker.waitUntilIdle()
        #expect(broker.task("welcome")?.state == .retry)
        #expect(broker.task("welcome")?.lastError == "the mail server is away")

        broker.advance(by: .seconds(61))  // moments are whole seconds, rounded up
        try await broker.waitUntilIdle()
        #expect(broker.task("welcome")?.state == .completed)
        // end
        await server.shutdown()
        try await running.value
    }

    @Test func `the lines of the broker's own comment do what they say`() async throws {
        let logger = logger
        let mux = ServeMux()
        mux.handle("mail") { _, _ in }
        // example: in-memory-broker
        let broker = InMemoryBroker()
        let client = TaskClient(broker: broker)
        let server = TaskServer(broker: broker, configuration: TaskServerConfiguration(), logger: logger)
        let running = Task { try await server.run(mux) }
        try await client.enqueue(QueueTask(type: "mail"), EnqueueOptions(taskID: "1", retention: .seconds(60)))
        try await broker.waitUntilIdle()
        #expect(broker.task("1")?.state == .completed)
        await server.shutdown()
        try await running.value
        // end
    }

    private func signUp(_ address: String, client: TaskClient) async throws {
        let payload = Array(address.utf8)
        try await client.enqueue(QueueTask(type: "mail:welcome", payload: payload), EnqueueOptions(queue: "mail"))
        try await client.enqueue(
            QueueTask(type: "mail:reminder", payload: payload),
            EnqueueOptions(queue: "mail", processIn: .seconds(3 * 86_400)))
    }
}

/// Why the first try fails.
private struct MailServerAway: Error, CustomStringConvertible {
    let description = "the mail server is away"
}
