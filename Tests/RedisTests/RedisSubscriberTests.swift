import RedisTestSupport
import Testing

@testable import Redis

@Suite(.requiresRedis, .timeLimit(.minutes(1))) struct RedisSubscriberTests {
    private typealias Event = RedisSubscriber.Event

    private func withPair(
        _ body: (RedisServerProcess, RedisSubscriber, RedisClient) async throws -> Void
    ) async throws {
        try await RedisServerProcess.withServer { server in
            let subscriber = RedisSubscriber(server.configuration, logger: RedisServerProcess.silentLogger)
            let client = RedisClient(server.configuration, logger: RedisServerProcess.silentLogger)
            try await body(server, subscriber, client)
            await subscriber.close()
            await client.close()
        }
    }

    @Test func `messages of channels and patterns arrive with their bytes`() async throws {
        try await withPair { _, subscriber, client in
            var events = subscriber.events(channels: ["a"], patterns: ["b:*"]).makeAsyncIterator()
            let first = [await events.next(), await events.next()]
            #expect(first.contains(.subscribed(channel: "a")))
            #expect(first.contains(.subscribed(channel: "b:*")))
            try await client.send("PUBLISH", "a", .bytes([0, 255, 13, 10]))
            #expect(await events.next() == .message(channel: "a", payload: [0, 255, 13, 10]))
            try await client.send("PUBLISH", "b:1", "x")
            #expect(await events.next() == .message(channel: "b:1", payload: [120]))
        }
    }

    @Test func `two streams share a channel, and the one that stays still hears it`() async throws {
        try await withPair { _, subscriber, client in
            var staying = subscriber.events(channels: ["a"]).makeAsyncIterator()
            #expect(await staying.next() == .subscribed(channel: "a"))
            let leaving = Task {
                for await event in subscriber.events(channels: ["a", "b"]) where event == .subscribed(channel: "b") {
                    return
                }
            }
            await leaving.value
            while try await client.send("PUBSUB", "NUMSUB", "b").array()[1] != .integer(0) {}
            #expect(try await client.send("PUBLISH", "a", "1") == .integer(1))
            #expect(await staying.next() == .message(channel: "a", payload: [49]))
        }
    }

    @Test func `after a restart the stream says so and hears again`() async throws {
        try await withPair { server, subscriber, client in
            var events = subscriber.events(channels: ["a"]).makeAsyncIterator()
            #expect(await events.next() == .subscribed(channel: "a"))
            await server.kill()
            #expect(await events.next() == .disconnected)
            try await server.start()
            #expect(await events.next() == .subscribed(channel: "a"))
            #expect(try await client.send("PUBLISH", "a", "1") == .integer(1))
            #expect(await events.next() == .message(channel: "a", payload: [49]))
        }
    }

    @Test func `a cancelled consumer's stream ends and its subscription too`() async throws {
        try await withPair { _, subscriber, client in
            let consumer = Task {
                for await _ in subscriber.events(channels: ["a"]) {}
            }
            while try await client.send("PUBSUB", "NUMSUB", "a").array()[1] != .integer(1) {}
            consumer.cancel()
            await consumer.value
            while try await client.send("PUBSUB", "NUMSUB", "a").array()[1] != .integer(0) {}
        }
    }

    @Test func `close ends the streams, and later ones at once`() async throws {
        try await withPair { _, subscriber, _ in
            var events = subscriber.events(channels: ["a"]).makeAsyncIterator()
            #expect(await events.next() == .subscribed(channel: "a"))
            await subscriber.close()
            #expect(await events.next() == nil)
            var later = subscriber.events(channels: ["a"]).makeAsyncIterator()
            #expect(await later.next() == nil)
        }
    }

    @Test func `only the last confirmation of a topic counts`() {
        var ledger = SubscriptionLedger()
        _ = ledger.subscribe(ledger.add([.channel("a")]))
        _ = ledger.unsubscribe(ledger.remove([.channel("a")]))
        _ = ledger.subscribe(ledger.add([.channel("a")]))
        let verdicts = [ledger.confirm(.channel("a")), ledger.confirm(.channel("a"))]
        #expect(verdicts == [false, true])
        #expect(ledger.isConfirmed(.channel("a")))
    }
}
