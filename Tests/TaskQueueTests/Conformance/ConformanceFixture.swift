import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// One of our servers beside Go's processes on one database.
struct ConformanceFixture {
    let ours: ServerFixture
    let go: GoFleet
    let outcomes = Outcomes()

    init() throws {
        ours = try ServerFixture()
        go = GoFleet(redis: ours.redis.client)
    }

    var client: TaskClient { ours.client }
    var broker: RedisBroker { ours.broker }
    var redis: RedisClient { ours.redis.client }

    /// A message as Go's client composes it by default.
    static func message(
        _ id: String, queue: String = "default", type: String = "t:go", payload: [UInt8] = Array(#"{"u":1}"#.utf8),
        maxRetry: Int32 = 25, change: (inout TaskMessage) -> Void = { _ in }
    ) -> TaskMessage {
        var message = TaskMessage(
            type: type, payload: payload, id: id, queue: queue, maxRetry: maxRetry, timeoutSeconds: 1800)
        change(&message)
        return message
    }

    /// A server's configuration that reports to ``outcomes``.
    func configuration(_ change: (inout TaskServerConfiguration) -> Void = { _ in }) -> TaskServerConfiguration {
        ServerFixture.configuration {
            $0.report(to: outcomes)
            change(&$0)
        }
    }

    /// Runs one of our servers over what is stored until `count` outcomes are written.
    @discardableResult
    func work(
        _ count: Int = 1, _ configuration: TaskServerConfiguration? = nil,
        _ body: @escaping @Sendable (QueueTask, TaskContext) async throws -> Void
    ) async throws -> [TaskOutcome] {
        var written: [TaskOutcome] = []
        try await ours.withServer(configuration ?? self.configuration(), handler: ClosureHandler(body)) { _ in
            written = try await outcomes.next(count).map(\.outcome)
        }
        return written
    }

    func hasKey(_ pattern: String) async throws -> Bool {
        try await !redis.send("KEYS", .string(pattern)).array().isEmpty
    }
}
