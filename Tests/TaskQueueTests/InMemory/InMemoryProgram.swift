import Foundation
import Logging
import Testing

@testable import TaskQueue

/// A program under a user's test: a client and servers on a broker of its own, whose clock stands unless it is turned.
struct InMemoryProgram {
    static let start = Date(timeIntervalSince1970: 1_893_456_000)

    let broker = InMemoryBroker(now: { InMemoryProgram.start })
    let client: TaskClient
    /// Writes nothing.
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() { client = TaskClient(broker: broker) }

    /// Runs servers while `body` runs, then shuts them down.
    func withServers(
        _ count: Int = 1, _ configuration: TaskServerConfiguration = TaskServerConfiguration(),
        _ handle: @escaping @Sendable (QueueTask, TaskContext) async throws -> Void, _ body: () async throws -> Void
    ) async throws {
        let servers = (0..<count).map { _ in
            TaskServer(broker: broker, configuration: configuration, logger: Self.logger)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for server in servers { group.addTask { try await server.run(ClosureHandler(handle)) } }
            do { try await body() } catch {
                for server in servers { await server.shutdownNow() }
                throw error
            }
            for server in servers { await server.shutdown() }
            try await group.waitForAll()
        }
    }
}
