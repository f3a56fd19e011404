import ConcurrencySupport
import Foundation
import Logging
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// What a server test works with: a database of its own, and a producer, an inspector and a broker on it.
struct ServerFixture {
    let redis: TestRedis
    let broker: RedisBroker
    let client: TaskClient
    let inspector: TaskInspector
    /// What became of the runs of servers that report here.
    let outcomes = Outcomes()
    /// The ids of tasks that handlers which wait have begun.
    let started = Mailbox<String>()

    init() throws {
        redis = try #require(RedisDatabaseTrait.current)
        broker = redis.broker()
        client = TaskClient(broker: broker)
        inspector = TaskInspector(client: redis.client)
    }

    /// A configuration that loses no time in a test.
    static func configuration(_ change: (inout TaskServerConfiguration) -> Void = { _ in }) -> TaskServerConfiguration {
        var configuration = TaskServerConfiguration()
        configuration.pollInterval = .milliseconds(100)
        configuration.heartbeatInterval = .milliseconds(50)
        configuration.rescueLookInterval = .milliseconds(50)
        configuration.queueDiscoveryInterval = .milliseconds(50)
        change(&configuration)
        return configuration
    }

    /// Runs a server while `body` runs, then shuts it down and waits for its end.
    func withServer(
        _ configuration: TaskServerConfiguration = Self.configuration(), broker: (any Broker)? = nil,
        handler: any TaskHandler, _ body: (TaskServer) async throws -> Void
    ) async throws {
        let server = TaskServer(broker: broker ?? self.broker, configuration: configuration, logger: redis.logger)
        try await withRunning(server, handler: handler) { try await body(server) }
    }

    /// Runs a server of the test's own while `body` runs, then shuts it down and waits for its end.
    func withRunning(_ server: TaskServer, handler: any TaskHandler, _ body: () async throws -> Void) async throws {
        let running = Task { try await server.run(handler) }
        do { try await body() } catch {
            await server.shutdownNow()
            throw error
        }
        await server.shutdown()
        try await running.value
        await broker.waiters.close()
    }
}

extension TestRedis {
    /// A broker on the database, with the test's clock.
    func broker(clock: @escaping @Sendable () -> Date = { Date() }) -> RedisBroker {
        RedisBroker(client: client, blockingClientConfiguration: configuration, clock: clock, logger: logger)
    }
}

/// Values sent from handlers and hooks, received by the test in order.
final class Mailbox<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func send(_ value: Value) { continuation.yield(value) }

    /// The next value; the suite's time limit ends a wait for one that never comes.
    func next() async throws -> Value {
        for await value in stream { return value }
        throw CancellationError()
    }

    func next(_ count: Int) async throws -> [Value] {
        var values: [Value] = []
        while values.count < count { values.append(try await next()) }
        return values
    }
}

/// A door for handlers to wait at, deaf to cancellation if asked.
final class Gate: Sendable {
    private let latch = Latch()

    func open() { latch.open() }

    /// Waits until it is open; cancelling the waiting task ends the wait with an error.
    func wait() async throws {
        await latch.wait()
        try Task.checkCancellation()
    }

    /// Waits until it is open, whatever else happens.
    func waitStubbornly() async {
        await Task { await self.latch.wait() }.value
    }
}

/// The outcomes that a server reported.
typealias Outcomes = Mailbox<(context: TaskContext, outcome: TaskOutcome)>

extension TaskServerConfiguration {
    /// Sends every outcome to `outcomes`.
    mutating func report(to outcomes: Outcomes) {
        onOutcome = { context, outcome in outcomes.send((context, outcome)) }
    }
}

extension TaskOutcome {
    enum Kind { case succeeded, retrying, archived, revoked, requeued, released, expired, cancelled }

    /// Which outcome it is, without what belongs to it.
    var kind: Kind {
        switch self {
        case .succeeded: .succeeded
        case .retrying: .retrying
        case .archived: .archived
        case .revoked: .revoked
        case .requeued: .requeued
        case .released: .released
        case .expired: .expired
        case .cancelled: .cancelled
        }
    }
}

/// Returns once `condition` holds; the suite's time limit ends a wait in vain.
func until(_ condition: () async throws -> Bool) async throws {
    while !(try await condition()) {
        try Task.checkCancellation()
        await Task.yield()
    }
}

/// A failure with a text.
struct TestFailure: Error, Equatable, CustomStringConvertible {
    let description: String
}
