import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Section 7, item 47: aggregators of ours and of Go's on the same groups.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct GroupConformanceTests {
    private let fixture: BrokerFixture
    private let broker: RedisBroker
    private let go: GoFleet

    init() throws {
        let fixture = try BrokerFixture()
        self.fixture = fixture
        broker = fixture.broker
        go = GoFleet(redis: fixture.redis.client, clock: { fixture.clock.now })
    }

    /// Go's limits have no fractions of a second.
    static let cases = GroupStagingTests.cases.filter {
        $0.limits.gracePeriod == .seconds($0.limits.gracePeriod.components.seconds)
    }

    private func goStage(_ limits: GroupAggregation.Limits) async throws -> String? {
        try await go.stage(
            "g", maxSize: limits.maxSize ?? 0, maxDelay: limits.maxDelay?.components.seconds ?? 0,
            grace: limits.gracePeriod.components.seconds)
    }

    /// All keys, a set's random id left out, and the list of queues, which a producer renews once a minute only.
    private func keys(withoutID set: String?) async throws -> [String: StoredKey] {
        var keys = try await fixture.redis.client.storedKeys()
        keys["asynq:queues"] = nil
        guard let set else { return keys }
        keys["set"] = keys.removeValue(forKey: set)
        guard case .sortedSet(let sets)? = keys["asynq:{default}:aggregation_sets"]?.value else { return keys }
        #expect(Set(sets.keys) == [Array(set.utf8)])
        keys["asynq:{default}:aggregation_sets"]?.value = .sortedSet([[]: sets.values.first ?? 0])
        return keys
    }

    @Test(arguments: cases)
    func `item 47: ours and Go's take the same out of a group by size, delay and grace, and leave the same keys`(
        example: GroupStagingTests.Case
    ) async throws {
        let tasks = example.ages.enumerated().map { (id: "\($0.offset)", secondsAgo: $0.element) }
        try await fixture.addGroup(tasks)
        let theirs = try await goStage(example.limits)
        let left = try await keys(withoutID: theirs)
        #expect((theirs != nil) == (example.taken != nil))
        try await fixture.redis.client.send("FLUSHDB")
        try await fixture.addGroup(tasks)
        let ours = try await broker.stageGroup("g", in: "default", limits: example.limits)
        let found = try await keys(withoutID: ours.map { "asynq:{default}:g:g:\($0.id)" })
        #expect(found == left)
    }

    @Test func `item 47: Go puts back what a killed worker of ours had staged, after 120 s and not before`()
        async throws
    {
        try await fixture.addGroup([("1", 9), ("2", 7)])
        let before = try await fixture.scores("asynq:{default}:g:g")
        let set = try await fixture.staged()
        fixture.clock.advance(by: 119)
        #expect(try await go.recover() == [])
        #expect(try await go.exists("asynq:{default}:g:g") == false)
        fixture.clock.advance(by: 1)
        #expect(try await go.recover() == [])
        #expect(try await fixture.scores("asynq:{default}:g:g") == before.mapValues { $0 + 120 })
        #expect(try await go.exists("asynq:{default}:aggregation_sets") == false)
        try await fixture.expectOneContainerEach()
        // Should the worker live after all, it joins nothing; and the group, which Go does not list again, is found.
        let late = try await fixture.finish(set, [fixture.message("1", group: "g"), fixture.message("2", group: "g")])
        #expect(late != .joined)
        #expect(try await go.task(set.id) == nil)
        #expect(try await broker.groups(in: "default") == [])
        #expect(try await broker.relistLostGroups(atMostEvery: .seconds(60)) == 1)
        #expect(try await broker.groups(in: "default") == ["g"])
    }

    @Test func `item 47: we put back what a killed Go worker had staged, after 120 s and not before`() async throws {
        for id in ["1", "2"] {
            #expect(try await go.addToGroup(fixture.message(id, group: "g")) == 1)
            fixture.clock.advance(by: 1)
        }
        let before = try await fixture.scores("asynq:{default}:g:g")
        #expect(try await go.stage("g", maxSize: 2) != nil)
        #expect(try await broker.groups(in: "default") == [])
        fixture.clock.advance(by: 119)
        #expect(try await broker.reclaimStaleSets(in: "default") == 0)
        fixture.clock.advance(by: 1)
        #expect(try await broker.reclaimStaleSets(in: "default") == 1)
        #expect(try await fixture.scores("asynq:{default}:g:g") == before.mapValues { $0 + 120 })
        #expect(try await broker.groups(in: "default") == ["g"])
        #expect(try await go.exists("asynq:{default}:aggregation_sets") == false)
        try await fixture.expectOneContainerEach()
    }

    @Test func `item 47: Go joins a group of ours into a task of the queue, and nothing of the members is left`()
        async throws
    {
        let client = TaskClient(broker: broker, now: { [clock = fixture.clock] in clock.now })
        for number in 1...3 {
            try await client.enqueue(
                QueueTask(type: "member", payload: [UInt8(number)], headers: ["n": "\(number)"]),
                EnqueueOptions(queue: "q", taskID: "\(number)", group: "g ü:1"))
            fixture.clock.advance(by: 1)
        }
        let set = try #require(await go.stage("g ü:1", in: "q", maxSize: 3))
        let members = try await go.members(ofSet: set, in: "q")
        #expect(members.map(\.id) == ["1", "2", "3"])
        #expect(members.map(\.payload) == [[1], [2], [3]])
        #expect(members.map(\.headers) == [["n": "1"], ["n": "2"], ["n": "3"]])
        #expect(members.allSatisfy { $0.groupKey == "g ü:1" && $0.queue == "q" && $0.maxRetry == 25 })
        // Go's aggregator enqueues first and deletes then.
        var joined = fixture.message("joined", queue: "q")
        joined.payload = members.flatMap(\.payload)
        #expect(try await go.enqueue(joined) == 1)
        try await go.deleteSet(set, in: "q")
        let left = Set(try await fixture.redis.client.storedKeys().keys)
        #expect(left == ["asynq:queues", "asynq:{q}:pending", "asynq:{q}:t:joined"])
        let taken = try await fixture.taken(from: "q").run
        #expect(taken.message == joined)
        #expect(try await broker.done(taken) == .written)
    }

    @Test
    func `item 47: our server joins a group of Go's into a task of the queue, and nothing of the members is left`()
        async throws
    {
        let server = try ServerFixture()
        let present = GoFleet(redis: server.redis.client)
        for id in ["1", "2"] {
            var message = ConformanceFixture.message(id, queue: "q", type: "member", payload: Array(id.utf8))
            message.groupKey = "g ü:1"
            #expect(try await present.addToGroup(message) == 1)
        }
        let joined = Mailbox<(QueueTask, TaskContext)>()
        let configuration = ServerFixture.configuration {
            var aggregation = GroupAggregation(limits: .init(maxSize: 2)) { group, queue, tasks in
                QueueTask(type: "\(group) of \(queue)", payload: tasks.flatMap { $0.payload ?? [] })
            }
            aggregation.checkInterval = .milliseconds(20)
            $0.groupAggregation = aggregation
            $0.queues = ["q": 1]
        }
        let handler = ClosureHandler { joined.send(($0, $1)) }
        try await server.withServer(configuration, handler: handler) { _ in
            let (task, context) = try await joined.next()
            #expect(task == QueueTask(type: "g ü:1 of q", payload: Array("12".utf8)))
            #expect(context.queue == "q")
        }
        for key in try await server.redis.client.storedKeys().keys {
            #expect(!key.contains(":g:") && !key.contains(":t:") && !key.hasSuffix("groups"), "\(key)")
            #expect(!key.hasSuffix("aggregation_sets"), "\(key)")
        }
        #expect(try await present.count("processed", in: "q") == 1)
    }
}
