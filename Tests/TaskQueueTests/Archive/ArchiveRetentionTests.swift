import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// How long a task is kept in the archive that has a retention of its own.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct ArchiveRetentionTests {
    enum Way: CaseIterable { case worker, cancelledRun, tool, allByTool, cancelled, allCancelled }

    private let go: GoLayout
    private let fixture: BrokerFixture
    private var inspector: TaskInspector { fixture.inspector }
    private let client: TaskClient
    private let ends: RedisArgument = "schedcu:{default}:archive-ends"
    private var broker: RedisBroker { fixture.broker }

    init() throws {
        go = try GoLayout(queue: "default")
        fixture = try BrokerFixture()
        client = TaskClient(broker: fixture.broker, now: { [clock = fixture.clock] in clock.now })
        fixture.turn(to: 0)
    }

    private func enqueue(_ id: String, _ retention: Duration? = .seconds(60), at date: Date? = nil) async throws {
        try await client.enqueue(
            QueueTask(type: "t"), EnqueueOptions(taskID: id, processAt: date, archiveRetention: retention))
    }

    private func archive(_ id: String, _ way: Way) async throws {
        switch way {
        case .worker: #expect(try await broker.archive(fixture.taken().run, error: "e") == .written)
        case .cancelledRun:
            let run = try await fixture.taken().run
            #expect(try await inspector.cancel(id, in: "default") == .requested)
            #expect(try await broker.retry(run, at: fixture.clock.now, error: "e", isFailure: true) == .cancelled)
        case .tool: try await inspector.archiveTask(id, in: "default")
        case .allByTool: #expect(try await inspector.archiveAllTasks(in: "default", state: .pending) == 1)
        case .cancelled: #expect(try await inspector.cancel(id, in: "default") == .archived)
        case .allCancelled: #expect(try await inspector.cancelAllTasks(in: "default", state: .pending) == 1)
        }
    }

    @Test(arguments: Way.allCases)
    func `archive: a task's own retention is heeded to the second, whoever of ours archives it`(way: Way)
        async throws
    {
        try await go.put("older", .archived, score: GoLayout.moment - 10)
        try await enqueue("a")
        try await archive("a", way)
        fixture.turn(to: 59)
        #expect(try await broker.trimArchive(queue: "default", limit: 100) == 0)
        #expect(try await go.containers(of: "a") == ["archived"])
        fixture.turn(to: 60)
        #expect(try await broker.trimArchive(queue: "default", limit: 100) == 1)
        #expect(try await go.containers(of: "a").isEmpty)
        #expect(try await go.strings("KEYS", "asynq:{default}:t:*") == ["asynq:{default}:t:older"])
        #expect(try await go.integer("EXISTS", ends) == 0)
    }

    @Test func `archive: a retention lasts through delay and retries`() async throws {
        try await enqueue("a", at: fixture.clock.now + 10)
        fixture.turn(to: 10)
        #expect(try await broker.forward(queue: "default") == 1)
        let run = try await fixture.taken().run
        #expect(try await broker.retry(run, at: fixture.clock.now + 5, error: "e", isFailure: true) == .written)
        fixture.turn(to: 15)
        #expect(try await broker.forward(queue: "default") == 1)
        try await archive("a", .worker)
        #expect(try await go.strings("ZRANGE", ends, 0, -1, "WITHSCORES") == ["a", "\(GoLayout.moment + 75)"])
    }

    @Test func `archive: a retention longer than the queue's age makes nothing longer`() async throws {
        try await inspector.setArchiveLimits(ArchiveLimits(count: 10, age: .seconds(30)), of: "default")
        try await enqueue("a")
        try await archive("a", .worker)
        fixture.turn(to: 30)
        #expect(try await broker.trimArchive(queue: "default", limit: 100) == 1)
        #expect(try await go.integer("EXISTS", ends, "asynq:{default}:t:a") == 0)
    }

    @Test func `archive: the end of an earlier stay in the archive deletes nothing`() async throws {
        try await enqueue("a")
        try await archive("a", .worker)
        // What asynq's tools do: they run the task again, and archive it again later.
        fixture.turn(to: 40)
        try await go.client.send("ZADD", "asynq:{default}:archived", .int(GoLayout.moment + 40), "a")
        fixture.turn(to: 60)
        #expect(try await broker.trimArchive(queue: "default", limit: 100) == 1)
        #expect(try await go.containers(of: "a") == ["archived"])
        fixture.turn(to: 99)
        #expect(try await broker.trimArchive(queue: "default", limit: 100) == 0)
        fixture.turn(to: 100)
        #expect(try await broker.trimArchive(queue: "default", limit: 100) == 1)
        #expect(try await go.integer("EXISTS", ends, "asynq:{default}:t:a") == 0)
    }

    @Test func `archive: an end whose task runs, waits or is gone is dropped, and deletes nothing`() async throws {
        for id in ["pending", "gone", "again"] {
            try await enqueue(id)
            try await archive(id, .worker)
        }
        try await go.client.send("ZREM", "asynq:{default}:archived", "pending", "gone", "again")
        try await go.client.send("DEL", "asynq:{default}:t:gone", "asynq:{default}:t:again")
        try await go.put("pending", .pending)
        try await go.put("again", .archived, score: GoLayout.moment)
        fixture.turn(to: 60)
        #expect(try await broker.trimArchive(queue: "default", limit: 2) == 2)
        #expect(try await broker.trimArchive(queue: "default", limit: 2) == 1)
        #expect(try await broker.trimArchive(queue: "default", limit: 2) == 0)
        #expect(try await go.containers(of: "pending") == ["pending"])
        #expect(try await go.containers(of: "again") == ["archived"])
        #expect(try await go.integer("EXISTS", ends) == 0)
    }

    @Test(arguments: ["run", "run all", "delete", "delete all"])
    func `archive: the end leaves with the task`(way: String) async throws {
        try await enqueue("a")
        try await archive("a", .worker)
        #expect(try await go.integer("ZCARD", ends) == 1)
        switch way {
        case "run": try await inspector.runTask("a", in: "default")
        case "run all": #expect(try await inspector.runAllTasks(in: "default", state: .archived) == 1)
        case "delete": try await inspector.deleteTask("a", in: "default")
        default: #expect(try await inspector.deleteAllTasks(in: "default", state: .archived) == 1)
        }
        #expect(try await go.integer("EXISTS", ends) == 0)
    }

    @Test func `archive: what a Go worker archives is kept as long as its queue says`() async throws {
        try await enqueue("a")
        let fleet = GoFleet(redis: go.client, clock: { [clock = fixture.clock] in clock.now })
        try await fleet.archive(#require(try await fleet.dequeue()), error: "e")
        fixture.turn(to: 60)
        #expect(try await broker.trimArchive(queue: "default", limit: 100) == 0)
        fixture.turn(to: 90 * 86_400)
        #expect(try await broker.trimArchive(queue: "default", limit: 100) == 1)
        #expect(try await go.strings("KEYS", "asynq:{default}:t:*").isEmpty)
    }

    @Test func `archive: Go's view of a task with a retention is asynq's`() async throws {
        try await enqueue("a")
        try await archive("a", .worker)
        let task = try #require(try await GoFleet(redis: go.client).task("a"))
        #expect(task.state == "archived")
        #expect(task.message.errorMessage == "e")
        #expect(task.text("schedcu:options") == "1;a=60;")
        #expect(try await GoFleet(redis: go.client).score("a", "archived") == "\(GoLayout.moment)")
    }

    @Test(arguments: [.zero, .seconds(-1), .nanoseconds(-1)] as [Duration])
    func `archive: a retention that is not longer than zero is refused, and nothing is stored`(retention: Duration)
        async throws
    {
        let refused = try await client.enqueue(batch: [
            (QueueTask(type: "t"), EnqueueOptions(taskID: "a", archiveRetention: retention)),
            (QueueTask(type: "t"), EnqueueOptions(taskID: "b", archiveRetention: .milliseconds(1))),
            (QueueTask(type: "t"), EnqueueOptions(taskID: "c")),
        ])
        #expect(refused.map { (try? $0.get())?.id } == [nil, "b", "c"])
        guard case .failure(let error) = refused[0] else { return #expect(Bool(false), "not refused") }
        #expect(error.code == .invalidOption)
        #expect(try await go.integer("EXISTS", "asynq:{default}:t:a") == 0)
        #expect(try await go.field("schedcu:options", of: "b") == "1;a=1;")
        #expect(try await go.field("schedcu:options", of: "c") == nil)
    }

    @Test func `archive: a next step takes no retention of its own`() {
        let context = TaskContext(taskID: "a", queue: "default")
        #expect(throws: EnqueueError.self) {
            try context.handOver(to: QueueTask(type: "t"), EnqueueOptions(archiveRetention: .seconds(60)))
        }
        #expect(context.handedOver == nil)
    }

    @Test func `archive: a retention is shown among a periodic task's options`() {
        let options = EnqueueOptions(archiveRetention: .seconds(90))
        #expect(options.notation() == ["ArchiveRetention(1m30s)"])
    }

    @Test(arguments: ["", "2;a=60;", "1;a=;", "1;a=x;", "1;b=60;", "1"])
    func `archive: options that cannot be read are no retention`(text: String) async throws {
        #expect(StoredOptions(Array(text.utf8)).archiveSeconds == nil)
        try await go.put("a", .pending)
        try await go.client.send("HSET", "asynq:{default}:t:a", "schedcu:options", .string(text))
        try await inspector.archiveTask("a", in: "default")
        #expect(try await go.integer("EXISTS", ends) == 0)
    }

    @Test func `archive: options are read as they were written`() {
        var options = StoredOptions()
        #expect(options.text == nil)
        options.archiveSeconds = 60
        #expect(options.text == "1;a=60;")
        #expect(StoredOptions(Array("1;x;a=60;r=f|5;".utf8)) == options)
    }
}
