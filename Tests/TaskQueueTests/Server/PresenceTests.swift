import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Presence: what tools see of a server is beside the point of who is taken for dead.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct PresenceTests {
    private let fixture: ServerFixture

    init() throws { fixture = try ServerFixture() }

    @Test(arguments: [RedisKeys.servers, RedisKeys.workers])
    func `W4: a list of servers of another type does not keep a dead worker's task from being rescued`(list: String)
        async throws
    {
        let outcomes = Outcomes()
        let dead = WorkerIdentity(host: "dead", pid: 2, serverID: "00000000-0000-4000-8000-000000000002")
        try await fixture.redis.client.send("SET", .string(list), "text")
        try await fixture.client.enqueue(QueueTask(type: "t"), EnqueueOptions(taskID: "a"))
        #expect(try await fixture.broker.dequeue(from: ["default"], limit: 1, worker: dead).count == 1)
        let configuration = ServerFixture.configuration { $0.report(to: outcomes) }
        try await fixture.withServer(configuration, handler: ClosureHandler { _, _ in }) { server in
            let context = try await outcomes.next().context
            #expect(context.taskID == "a")
            let liveness = RedisKeys.liveness(workerID: server.identity.id)
            let reply = try await fixture.redis.client.send("EXISTS", .string(liveness))
            #expect(try reply.integer() == 1)
        }
    }
}
