import Foundation
import Logging
import Redis
import RedisTestSupport
import Testing

@testable import TaskEvents

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct TaskEventFollowerTests {
    private let redis: TestRedis
    private let publisher: TaskEventPublisher
    private let follower: TaskEventFollower
    private let source = EventSource(
        taskID: "t-\(UInt64.random(in: .min ... .max))", type: "ods:import", queue: "default", attempt: 1, worker: "h:1"
    )

    init() throws {
        redis = try #require(RedisDatabaseTrait.current)
        publisher = TaskEventPublisher(redis: redis.client, logger: redis.logger)
        follower = TaskEventFollower(configuration: redis.configuration, logger: redis.logger)
    }

    @Test func `who comes late gets all, and then what happens`() async throws {
        let reporter = publisher.reporter(for: source)
        for _ in 0..<450 { reporter.log(level: "info", message: "m") }
        await reporter.flush(within: .seconds(60))
        var events = follower.events(of: [("default", source.taskID)]).makeAsyncIterator()
        try await expect(1...450, from: &events)
        reporter.finished(outcome: "SUCCESS", result: [:])
        let last = try await events.next()
        #expect(last?.kind == .finished)
        await follower.close()
        let end = try await events.next()
        #expect(end == nil)
    }

    @Test func `who has some already gets the rest`() async throws {
        let reporter = publisher.reporter(for: source)
        for _ in 0..<5 { reporter.log(level: "info", message: "m") }
        await reporter.flush(within: .seconds(60))
        var events = follower.events(of: [("default", source.taskID)], fromSeq: 4).makeAsyncIterator()
        try await expect(4...5, from: &events)
        await follower.close()
    }

    @Test func `tasks with the same id in two queues are told apart`() async throws {
        let other = EventSource(
            taskID: source.taskID, type: "x", queue: "other", attempt: 1, worker: "h:1")
        let reporters = [publisher.reporter(for: source), publisher.reporter(for: other)]
        var events = follower.events(of: [("other", source.taskID)]).makeAsyncIterator()
        for reporter in reporters {
            reporter.started()
            await reporter.flush(within: .seconds(60))
        }
        let event = try await events.next()
        #expect(event?.queue == "other")
        #expect(event?.seq == 1)
        await follower.close()
    }

    @Test func `a gap in the channel is filled from the stream`() async throws {
        let reporter = publisher.reporter(for: source)
        var events = follower.events(of: [("default", source.taskID)]).makeAsyncIterator()
        reporter.started()
        try await expect(1...1, from: &events)
        // An event that reaches the stream and not the channel, as when a subscriber's buffer was full.
        try await storeUnpublished(seq: 2)
        reporter.log(level: "info", message: "m")
        try await expect(2...3, from: &events)
        await follower.close()
    }

    @Test func `a gap that the stream has lost too is passed over`() async throws {
        let reporter = publisher.reporter(for: source)
        var events = follower.events(of: [("default", source.taskID)]).makeAsyncIterator()
        reporter.started()
        try await expect(1...1, from: &events)
        let sequence = TaskEventKeys.sequence(queue: "default", taskID: source.taskID)
        try await redis.client.send("HSET", .string(sequence), "seq", 5)
        reporter.log(level: "info", message: "m")
        try await expect(6...6, from: &events)
        await follower.close()
    }

    @Test func `an event that cannot be read does not end the stream`() async throws {
        let reporter = publisher.reporter(for: source)
        var events = follower.events(of: [("default", source.taskID)]).makeAsyncIterator()
        reporter.started()
        try await expect(1...1, from: &events)
        let channel = TaskEventKeys.taskChannel(queue: "default", taskID: source.taskID)
        try await redis.client.send("PUBLISH", .string(channel), "{\"v\":2}")
        reporter.log(level: "info", message: "m")
        try await expect(2...2, from: &events)
        await follower.close()
    }

    @Test func `who was cut off misses nothing and sees nothing twice`() async throws {
        try await RedisServerProcess.withServer { server in
            let client = RedisClient(server.configuration, logger: redis.logger)
            let reporter = TaskEventPublisher(redis: client, logger: redis.logger).reporter(for: source)
            let follower = TaskEventFollower(configuration: server.configuration, logger: redis.logger)
            var events = follower.events(of: [("default", source.taskID)]).makeAsyncIterator()
            reporter.started()
            try await expect(1...1, from: &events)
            for round in 0..<3 {
                #expect(try await client.send("CLIENT", "KILL", "TYPE", "pubsub").integer() == 1)
                for _ in 0..<50 { reporter.log(level: "info", message: "m") }
                await reporter.flush(within: .seconds(60))
                try await expect((round * 50 + 2)...(round * 50 + 51), from: &events)
                try await subscriberCount(
                    1, of: TaskEventKeys.taskChannel(queue: "default", taskID: source.taskID), client)
            }
            await follower.close()
            await client.close()
        }
    }

    @Test func `hospital and all are followed from now on, with gaps filled per task`() async throws {
        try await RedisServerProcess.withServer { server in
            let client = RedisClient(server.configuration, logger: redis.logger)
            let publisher = TaskEventPublisher(redis: client, logger: redis.logger)
            let follower = TaskEventFollower(configuration: server.configuration, logger: redis.logger)
            let reporters = ["NYC", "LON"].map { (code: String) in
                publisher.reporter(
                    for: EventSource(
                        taskID: "t", type: "x", queue: "hospital-\(code)", hospital: code, attempt: 1, worker: "h:1"))
            }
            reporters[0].started()
            await reporters[0].flush(within: .seconds(60))
            var hospital = follower.events(ofHospital: "NYC").makeAsyncIterator()
            var all = follower.allEvents().makeAsyncIterator()
            try await subscriberCount(1, of: "schedcu:events:hospital:NYC", client)
            try await subscriberCount(1, of: "schedcu:events", client)
            for reporter in reporters {
                reporter.log(level: "info", message: "m")
                await reporter.flush(within: .seconds(60))
            }
            // The event before the subscription is not replayed.
            try await expect(2...2, from: &hospital)
            let hospitals = [try await all.next()?.hospital, try await all.next()?.hospital]
            #expect(hospitals == ["NYC", "LON"])
            _ = try await client.send("CLIENT", "KILL", "TYPE", "pubsub")
            for reporter in reporters {
                reporter.log(level: "info", message: "m")
                await reporter.flush(within: .seconds(60))
            }
            try await expect(3...3, from: &hospital)
            let events = [try await all.next(), try await all.next()].compactMap(\.self)
            let names = events.map { "\($0.hospital ?? "none") \($0.seq)" }
            #expect(names.sorted() == ["LON 2", "NYC 3"])
            await follower.close()
            await client.close()
        }
    }

    @Test func `a server that cannot be reached at the start is an error`() async throws {
        var configuration = redis.configuration
        configuration.address = .unix(path: "/nonexistent/redis.sock")
        configuration.commandTimeout = .milliseconds(200)
        let follower = TaskEventFollower(configuration: configuration, logger: redis.logger)
        let events = follower.events(of: [("default", "t")])
        await #expect(throws: RedisError.self) {
            for try await _ in events {}
        }
        await follower.close()
    }

    // MARK: Helpers

    private func expect(
        _ seqs: ClosedRange<Int>, from events: inout AsyncThrowingStream<TaskEvent, any Error>.Iterator
    ) async throws {
        var seen: [Int] = []
        while seen.count < seqs.count, let event = try await events.next(isolation: #isolation) {
            seen.append(event.seq)
        }
        #expect(seen == Array(seqs))
    }

    private func storeUnpublished(seq: Int) async throws {
        let event = TaskEvent(
            seq: seq, taskID: source.taskID, type: source.type, queue: source.queue, at: Date(), attempt: 1,
            worker: source.worker, kind: .log)
        let stream = TaskEventKeys.stream(queue: source.queue, taskID: source.taskID)
        try await redis.client.send("XADD", .string(stream), .string("\(seq)-0"), "event", .bytes(event.encoded()))
        let sequence = TaskEventKeys.sequence(queue: source.queue, taskID: source.taskID)
        try await redis.client.send("HSET", .string(sequence), "seq", .int(seq))
    }

    /// Asks the server until the channel has that many subscribers.
    private func subscriberCount(_ count: Int64, of channel: String, _ client: RedisClient) async throws {
        while try await client.send("PUBSUB", "NUMSUB", .string(channel)).array()[1].integer() != count {
            await Task.yield()
        }
    }
}
