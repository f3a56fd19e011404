import Foundation
import Logging
import Redis
import RedisTestSupport
import Testing

@testable import TaskEvents

@Suite(.requiresRedis, .timeLimit(.minutes(1))) struct PublishingOutageTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let source = EventSource(taskID: "t", type: "ods:import", queue: "q", attempt: 1, worker: "h:1")

    @Test func `a worker goes on while Redis is down, and the end is told when it is back`() async throws {
        try await RedisServerProcess.withServer { server in
            let client = RedisClient(server.configuration, logger: logger)
            let reporter = TaskEventPublisher(redis: client, logger: logger).reporter(for: source)
            reporter.started()
            #expect(await reporter.flush(within: .seconds(60)))
            await server.kill()
            for done in 0...1000 { reporter.progress(phase: "ods", done: done, total: 1000, unit: "rows") }
            reporter.errors((0..<150).map { ["row": .integer($0)] })
            reporter.finished(outcome: "PARTIAL", result: [:])
            #expect(await reporter.flush(within: .milliseconds(1)) == false)
            try await server.start()
            #expect(await reporter.flush(within: .seconds(60)))
            let events = try await stored(client)
            #expect(events.suffix(4).map(\.kind) == [.errors, .errors, .progress, .finished])
            #expect(events.suffix(4).map { $0.body["done"] ?? .null } == [.null, .null, 1000, .null])
            #expect(events.map(\.seq) == Array(1...events.count))
            await client.close()
        }
    }

    @Test func `an event whose answer was lost is published once`() async throws {
        try await RedisServerProcess.withServer { server in
            var configuration = server.configuration
            configuration.commandTimeout = .milliseconds(100)
            let client = RedisClient(configuration, logger: logger)
            let reporter = TaskEventPublisher(redis: client, logger: logger).reporter(for: source)
            reporter.started()
            #expect(await reporter.flush(within: .seconds(60)))
            // The command reaches the server's socket; the client gives it up and sends it again.
            server.suspend()
            reporter.finished(outcome: "SUCCESS", result: [:])
            #expect(await reporter.flush(within: .milliseconds(350)) == false)
            server.resume()
            #expect(await reporter.flush(within: .seconds(60)))
            let events = try await stored(client)
            #expect(events.map(\.kind) == [.started, .finished])
            #expect(events.map(\.seq) == [1, 2])
            await client.close()
        }
    }

    private func stored(_ client: RedisClient) async throws -> [TaskEvent] {
        try await client.send("XRANGE", "schedcu:{q}:events:t", "-", "+").array().map { entry in
            try TaskEvent(decoding: entry.array()[1].array()[1].bytes())
        }
    }
}
