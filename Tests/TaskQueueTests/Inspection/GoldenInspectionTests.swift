import Foundation
import RedisTestSupport
import TaskQueue
import Testing

/// Golden vectors of changes by hand: the same call of the inspector leaves the same keys as Go asynq's.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct GoldenInspectionTests {
    let fixture: BrokerFixture
    var inspector: TaskInspector { fixture.inspector }

    init() throws { fixture = try BrokerFixture() }

    @Test func `a paused queue, which gives nothing`() async throws {
        let vector = try GoldenVectors.named("life_pause")
        fixture.clock.set(vector.date)
        let message = try onlyMessage(of: vector)
        #expect(try await fixture.broker.create(message, placement: .pending, uniqueFor: nil) == .created)
        try await inspector.pause("default")
        let taken = try await fixture.broker.dequeue(from: ["default"], limit: 1, worker: fixture.worker)
        #expect(taken.isEmpty)
        #expect(try vector.differences(from: await fixture.redis.client.storedKeys()) == [])
    }

    @Test func `an archived task that is run by hand`() async throws {
        let vector = try GoldenVectors.named("life_archive_run")
        fixture.clock.set(vector.date)
        let archived = try onlyMessage(of: vector)
        var message = archived
        (message.errorMessage, message.lastFailedAtUnixSeconds) = ("", 0)
        let run = try await fixture.running(message).run
        #expect(try await fixture.broker.archive(run, error: archived.errorMessage) == .written)
        try await inspector.runTask(message.id, in: "default")
        #expect(try vector.differences(from: await fixture.redis.client.storedKeys()) == [])
    }

    /// Go changed the payload before; here the task has the changed payload from the start.
    @Test func `a scheduled task that is archived by hand`() async throws {
        let vector = try GoldenVectors.named("life_inspector_archive")
        fixture.clock.set(vector.date)
        let message = try onlyMessage(of: vector)
        let placement = TaskPlacement.scheduled(at: Date(timeIntervalSince1970: 1_893_459_600))
        #expect(try await fixture.broker.create(message, placement: placement, uniqueFor: nil) == .created)
        try await inspector.archiveTask(message.id, in: "default")
        #expect(try vector.differences(from: await fixture.redis.client.storedKeys()) == [])
    }

    @Test func `item 61: a scheduled task whose payload is changed`() async throws {
        let vector = try GoldenVectors.named("life_update_payload")
        fixture.clock.set(vector.date)
        let changed = try onlyMessage(of: vector)
        var message = changed
        message.payload = Array(#"{"user_id":42}"#.utf8)
        let placement = TaskPlacement.scheduled(at: Date(timeIntervalSince1970: 1_893_459_600))
        #expect(try await fixture.broker.create(message, placement: placement, uniqueFor: nil) == .created)
        try await inspector.updatePayload(of: message.id, in: "default", to: changed.payload)
        #expect(try vector.differences(from: await fixture.redis.client.storedKeys()) == [])
    }

    private func onlyMessage(of vector: GoldenCase) throws -> TaskMessage {
        let messages = Array(try vector.messages().values)
        try #require(messages.count == 1)
        return messages[0]
    }
}
