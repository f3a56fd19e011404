// example: test-of-a-task
import Logging
import TaskQueue
import Testing

/// A mail server that only remembers.
actor Outbox {
    private(set) var addresses: [String] = []
    func send(to address: String) { addresses.append(address) }
}

@Suite struct WelcomeTests {
    @Test func `a new user gets a mail`() async throws {
        let outbox = Outbox()
        let mux = ServeMux()
        mux.handle("mail:welcome") { task, _ in
            await outbox.send(to: String(decoding: task.payload ?? [], as: UTF8.self))
        }
        let broker = InMemoryBroker()
        let server = TaskServer(broker: broker, logger: Logger(label: "test"))
        let running = Task { try await server.run(mux) }

        let client = TaskClient(broker: broker)
        try await client.enqueue(QueueTask(type: "mail:welcome", payload: Array("ada@example.com".utf8)))
        try await broker.waitUntilIdle()

        #expect(await outbox.addresses == ["ada@example.com"])
        await server.shutdown()
        try await running.value
    }
}
// end
