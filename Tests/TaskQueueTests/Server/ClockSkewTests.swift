import ConcurrencySupport
import Foundation
import Logging
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite struct ClockSkewTests {
    private static let noon = Date(timeIntervalSince1970: 1_800_000_000)

    @Test(
        arguments: [
            (0, .accepted), (5, .accepted), (-5, .accepted), (5.01, .warned), (-5.01, .warned), (30, .warned),
            (-30, .warned), (30.01, .refused), (-30.01, .refused), (86_400, .refused),
        ] as [(Double, ClockSkew.Verdict)])
    func `W21: beyond 5 s is a warning, beyond 30 s a refusal, in both directions`(
        ahead: Double, verdict: ClockSkew.Verdict
    ) {
        let here = Self.noon + ahead
        let skew = ClockSkew(storeTime: Self.noon, asked: here, answered: here)
        #expect(skew.verdict == verdict)
        #expect(skew.isAhead == (ahead > 0))
    }

    @Test func `W21: the time that the answer took is not held against the clock`() {
        let slow = ClockSkew(storeTime: Self.noon, asked: Self.noon - 40, answered: Self.noon + 1)
        #expect(slow.verdict == .accepted)
        // Whatever the answer took, the clock was 31 s ahead when the question was put.
        let ahead = ClockSkew(storeTime: Self.noon, asked: Self.noon + 31, answered: Self.noon + 60)
        #expect(ahead.verdict == .refused)
        // The clock was set back while the question was under way.
        let turned = ClockSkew(storeTime: Self.noon, asked: Self.noon + 100, answered: Self.noon - 100)
        #expect(turned.verdict == .accepted)
    }
}

/// The comparison at a server's start.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct ClockComparisonTests: ServerSuite {
    let fixture: ServerFixture
    private let log = LockedValue<[String]>([])

    init() throws { fixture = try ServerFixture() }

    private var logger: Logger {
        var logger = Logger(label: "test") { [log] _ in RecordingLogHandler(log: log) }
        logger.logLevel = .warning
        return logger
    }

    private func server(ahead: TimeInterval) -> TaskServer {
        TaskServer(
            broker: broker, configuration: configuration(), logger: logger, now: { Date(timeIntervalSinceNow: ahead) })
    }

    @Test(arguments: [-60, 60] as [TimeInterval])
    func `W21: a server whose clock is a minute off does not start and takes nothing`(ahead: TimeInterval) async throws
    {
        try await enqueue("a")
        let server = server(ahead: ahead)
        let error = try await #require(throws: TaskServerError.self) {
            try await server.run(ClosureHandler { _, _ in #expect(Bool(false), "it ran") })
        }
        #expect(error.code == .clockSkew)
        #expect(error.description.contains(ahead > 0 ? " s ahead of Redis" : " s behind Redis"))
        #expect(server.status == "closed")
        #expect(try await task("a").state == .pending)
        #expect(try await inspector.servers().isEmpty)
        await server.shutdown()
        await broker.close()
    }

    @Test func `W21: a server whose clock is 10 s off works and says so`() async throws {
        let done = Mailbox<Void>()
        try await enqueue("a")
        try await fixture.withRunning(server(ahead: -10), handler: ClosureHandler { _, _ in done.send(()) }) {
            try await done.next()
        }
        await broker.close()
        #expect(log.withLock { $0.contains { $0.contains(" s behind Redis") } })
    }

    @Test func `a shutdown ends the wait for a store that is away`() async {
        let nowhere = RedisConfiguration(
            address: .unix(path: "/nonexistent.sock"), connectTimeout: .seconds(3600), commandTimeout: .seconds(3600))
        let broker = RedisBroker(nowhere, logger: fixture.redis.logger)
        let shutdown = Latch()
        let comparison = ClockComparison(broker: broker, logger: logger, now: { Date() })
        async let refusal = comparison.refusal(unless: shutdown)
        shutdown.open()
        #expect(await refusal == nil)
        await broker.close()
    }
}

/// Keeps each line's text.
struct RecordingLogHandler: LogHandler {
    let log: LockedValue<[String]>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        log.withLock { $0.append("\(event.message)") }
    }
}
