import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// The brokers that keep the same rules.
enum BrokerKind: CaseIterable, CustomTestStringConvertible {
    case redis, memory

    var testDescription: String { self == .redis ? "on Redis" : "in memory" }
}

/// A broker of either kind with a clock that the test turns, and looks at what it holds.
struct BrokerUnderTest {
    let broker: any Broker
    let clock: BrokerClock
    let worker = WorkerIdentity(host: "host-1", pid: 4242, serverID: "11111111-2222-4333-8444-555555555555")
    /// Where it is stored; one of the two is there.
    private let redis: TestRedis?
    private let memory: InMemoryBroker?

    init(_ kind: BrokerKind, clock: BrokerClock = BrokerClock()) throws {
        self.clock = clock
        switch kind {
        case .redis:
            let redis = try #require(RedisDatabaseTrait.current)
            broker = RedisBroker(
                client: redis.client, blockingClientConfiguration: redis.configuration, clock: { clock.now },
                logger: redis.logger)
            (self.redis, memory) = (redis, nil)
        case .memory:
            let memory = InMemoryBroker(now: { clock.now })
            (broker, redis, self.memory) = (memory, nil, memory)
        }
    }

    /// Closes the connections that waits have opened.
    func close() async { await (broker as? RedisBroker)?.close() }

    // MARK: Making tasks

    /// A message with what asynq's producers set always.
    func message(
        _ id: String, queue: String = "default", retention: Int64 = 0, uniqueKey: String = "", group: String = ""
    ) -> TaskMessage {
        TaskMessage(
            type: "t:test", payload: [1, 0, 255], id: id, queue: queue, maxRetry: 25, timeoutSeconds: 1800,
            uniqueKey: uniqueKey, retentionSeconds: retention, groupKey: group)
    }

    /// Creates plain tasks.
    func create(_ ids: [String], queue: String = "default") async throws {
        let outcomes = try await broker.create(batch: ids.map { (message($0, queue: queue), .pending, nil) })
        #expect(outcomes.allSatisfy { $0 == .created })
    }

    /// Creates a pending task and takes it.
    func running(_ message: TaskMessage, uniqueFor: Duration? = nil) async throws -> DequeuedTask {
        #expect(try await broker.create(message, placement: .pending, uniqueFor: uniqueFor) == .created)
        return try await taken(from: message.queue)
    }

    /// Takes the one task that is next.
    func taken(from queue: String = "default") async throws -> DequeuedTask {
        try #require(await broker.dequeue(from: [queue], limit: 1, worker: worker).first)
    }

    /// Adds tasks to a group, each at its moment: seconds before the clock's present.
    func addGroup(_ tasks: [(id: String, secondsAgo: Double)], to name: String = "g") async throws {
        let present = clock.now
        for task in tasks {
            clock.set(present - task.secondsAgo)
            let message = message(task.id, group: name)
            #expect(try await broker.create(message, placement: .group(name), uniqueFor: nil) == .created)
        }
        clock.set(present)
    }

    /// Stages a group that is full at its present size.
    func staged(_ name: String = "g", queue: String = "default") async throws -> StagedSet {
        let size = try await look(queue).members[name]?.count ?? 0
        return try #require(await broker.stageGroup(name, in: queue, limits: .init(maxSize: size)))
    }

    /// Joins a staged set's members into a task with the set's id.
    func finish(_ set: StagedSet, _ members: [TaskMessage]) async throws -> SetOutcome {
        try await broker.finish(
            set, members: members, as: message(set.id, queue: set.queue), placement: .pending, uniqueFor: nil)
    }

    // MARK: What tools do

    func pause(_ queue: String) async throws {
        memory?.pause(queue)
        if let redis { try await TaskInspector(client: redis.client).pause(queue) }
    }

    func unpause(_ queue: String) async throws {
        memory?.unpause(queue)
        if let redis { try await TaskInspector(client: redis.client).unpause(queue) }
    }

    func cancel(_ id: String, in queue: String = "default") async throws -> TaskInspector.CancelOutcome {
        guard let redis else { return try #require(memory).cancel(id, in: queue) }
        return try await TaskInspector(client: redis.client, now: { clock.now }).cancel(id, in: queue)
    }

    func setLimits(_ limits: QueueLimits, of queue: String = "default") async throws {
        memory?.setLimits(limits, of: queue)
        guard let redis else { return }
        let inspector = TaskInspector(client: redis.client)
        try await inspector.setConcurrencyLimit(limits.concurrency, of: queue)
        try await inspector.setRateLimit(limits.rate, of: queue)
    }

    func setArchiveLimits(_ limits: ArchiveLimits, of queue: String = "default") async throws {
        memory?.setArchiveLimits(limits, of: queue)
        if let redis { try await TaskInspector(client: redis.client).setArchiveLimits(limits, of: queue) }
    }

    // MARK: Looks

    /// What is held of a queue.
    func look(_ queue: String = "default") async throws -> QueueLook {
        guard let redis else {
            return try #require(memory).change(in: queue) { queue, _ in queue }.look
        }
        return QueueLook(try await redis.client.storedKeys(isExact: true), queue: queue)
    }

    /// I2: each task is in exactly one place, and its state says which.
    func expectOnePlaceEach(in queue: String = "default", sourceLocation: SourceLocation = #_sourceLocation)
        async throws
    {
        let look = try await look(queue)
        var places: [(id: String, state: String)] = look.pending.map { ($0, "pending") }
        places += look.active.map { ($0, "active") }
        for (state, scores) in [
            ("scheduled", look.scheduled), ("retry", look.retry), ("archived", look.archived),
            ("completed", look.completed),
        ] { places += scores.keys.map { ($0, state) } }
        for scores in Array(look.members.values) + look.staged.map(\.members) {
            places += scores.keys.map { ($0, "aggregating") }
        }
        let homes = Dictionary(grouping: places, by: \.id).mapValues { $0.map(\.state) }
        #expect(homes == look.tasks.mapValues { [$0.state] }, sourceLocation: sourceLocation)
        #expect(Set(look.leases.keys) == Set(look.active), sourceLocation: sourceLocation)
    }
}
