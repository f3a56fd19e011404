import Foundation
import Logging
import Redis
import RedisTestSupport
import Testing

@testable import TaskEvents

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct TaskEventPublisherTests {
    private let redis: TestRedis
    private let publisher: TaskEventPublisher
    private let source = EventSource(
        taskID: "t-\(UInt64.random(in: .min ... .max))", type: "ods:import", queue: "hospital-NYC", hospital: "NYC",
        workflowID: "w", attempt: 1, worker: "h:1")

    init() throws {
        redis = try #require(RedisDatabaseTrait.current)
        publisher = TaskEventPublisher(redis: redis.client, logger: redis.logger)
    }

    @Test func `seq has no gaps and no repeats when two reporters of a task publish side by side`() async throws {
        let reporters = [publisher.reporter(for: source), publisher.reporter(for: source)]
        await withTaskGroup { group in
            for reporter in reporters {
                group.addTask {
                    for _ in 0..<150 { reporter.log(level: "info", message: "m") }
                    await reporter.flush(within: .seconds(60))
                }
            }
        }
        let stored = try await stored()
        #expect(stored.map(\.event.seq) == Array(1...300))
        #expect(stored.map(\.id) == (1...300).map { "\($0)-0" })
    }

    @Test func `a repeated publish with the same token is one event and answers the same seq`() async throws {
        let events = pending(1...2)
        #expect(try await publisher.publish(events, of: source, token: "a") == 2)
        #expect(try await publisher.publish(events, of: source, token: "a") == 2)
        #expect(try await publisher.publish(pending(1...1), of: source, token: "b") == 3)
        #expect(try await publisher.publish(events, of: source, token: "a") == 2)
        #expect(try await publisher.publish(pending(1...3), of: source, token: "a") == 4)
        #expect(try await stored().map(\.event.seq) == [1, 2, 3, 4])
    }

    @Test func `the numbering survives a trimmed stream, and the loss of its hash`() async throws {
        try await publisher.publish(pending(1...3), of: source, token: "a")
        try await redis.client.send("XTRIM", .string(stream), "MAXLEN", 0)
        #expect(try await publisher.publish(pending(1...1), of: source, token: "b") == 4)
        try await redis.client.send("DEL", .string(sequence))
        #expect(try await publisher.publish(pending(1...1), of: source, token: "c") == 5)
        #expect(try await stored().map(\.event.seq) == [4, 5])
    }

    @Test func `events live for a day, the numbering a day past the next try`() async throws {
        try await publisher.publish(pending(1...1), of: source, token: "a")
        #expect(try await lifetimes() == [24, 24])
        let later = PendingEvent(
            number: 2, kind: .retrying, prefix: pending(1...1)[0].prefix, suffix: pending(1...1)[0].suffix,
            lifetime: .seconds(72 * 3600))
        try await publisher.publish([later], of: source, token: "a")
        #expect(try await lifetimes() == [72, 24])
        try await publisher.publish(pending(3...3), of: source, token: "a")
        #expect(try await lifetimes() == [72, 24])
    }

    @Test func `the documented keys are the only ones left, however many reporters there were`() async throws {
        for token in 0..<40 { try await publisher.publish(pending(1...1), of: source, token: "r\(token)") }
        #expect(try await redis.client.send("HLEN", .string(sequence)).integer() == 17)
        let keys = try await redis.client.send("KEYS", "*").array().map { try $0.string() }
        #expect(keys.sorted() == [sequence, stream].sorted())
        #expect(stream == "schedcu:{hospital-NYC}:events:\(source.taskID)")
        #expect(sequence == "schedcu:{hospital-NYC}:events-seq:\(source.taskID)")
        // The reporters that published last are still known.
        #expect(try await publisher.publish(pending(1...1), of: source, token: "r39") == 40)
        #expect(try await stored().count == 40)
    }

    @Test func `the stream keeps about the newest 10,000 events`() async throws {
        for start in stride(from: 1, to: 10_400, by: 64) {
            try await publisher.publish(pending(start...(start + 63)), of: source, token: "a")
        }
        let length = try await redis.client.send("XLEN", .string(stream)).integer()
        #expect((10_000...10_200).contains(length))
    }

    @Test func `the object in the stream is the one on the three channels`() async throws {
        let subscriber = RedisSubscriber(redis.configuration, logger: redis.logger)
        // A hospital of its own: pub/sub is shared by all tests on the server.
        let source = EventSource(
            taskID: source.taskID, type: "x", queue: "q", hospital: source.taskID, attempt: 1, worker: "h:1")
        let channels = [
            "schedcu:events", "schedcu:events:hospital:\(source.taskID)", "schedcu:events:task:q:\(source.taskID)",
        ]
        let live = subscriber.events(channels: channels)
        var subscribed = 0
        var payloads: [String: [UInt8]] = [:]
        for await event in live {
            switch event {
            case .subscribed:
                subscribed += 1
                if subscribed == 3 { publisher.reporter(for: source).started() }
            case .message(let channel, let payload):
                guard try TaskEvent(decoding: payload).taskID == source.taskID else { continue }
                payloads[channel] = payload
            case .disconnected: Issue.record("disconnected")
            }
            if payloads.count == 3 { break }
        }
        await subscriber.close()
        let entries = try await redis.client.send(
            "XRANGE", .string(TaskEventKeys.stream(queue: "q", taskID: source.taskID)), "-", "+"
        ).array()
        let stored = try entries[0].array()[1].array()[1].bytes()
        #expect(payloads == Dictionary(uniqueKeysWithValues: channels.map { ($0, stored) }))
        let event = try TaskEvent(decoding: stored)
        #expect(event.seq == 1)
        #expect(event.kind == .started)
    }

    // MARK: Helpers

    private var stream: String { TaskEventKeys.stream(queue: source.queue, taskID: source.taskID) }
    private var sequence: String { TaskEventKeys.sequence(queue: source.queue, taskID: source.taskID) }

    private func pending(_ numbers: ClosedRange<Int>) -> [PendingEvent] {
        let (prefix, suffix) = TaskEvent.encoded(
            around: source, at: Date(timeIntervalSince1970: 0), kind: .started, body: [:])
        return numbers.map {
            PendingEvent(
                number: $0, kind: .started, prefix: prefix, suffix: suffix, lifetime: TaskEventLimits.lifetime)
        }
    }

    private func stored() async throws -> [(id: String, event: TaskEvent)] {
        try await redis.client.send("XRANGE", .string(stream), "-", "+").array().map { entry in
            let parts = try entry.array()
            return (try parts[0].string(), try TaskEvent(decoding: parts[1].array()[1].bytes()))
        }
    }

    /// The lives of numbering and stream in hours, rounded up.
    private func lifetimes() async throws -> [Int64] {
        var hours: [Int64] = []
        for key in [sequence, stream] {
            hours.append((try await redis.client.send("TTL", .string(key)).integer() + 3599) / 3600)
        }
        return hours
    }
}
