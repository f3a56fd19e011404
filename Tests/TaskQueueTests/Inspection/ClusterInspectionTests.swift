import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct ClusterInspectionTests {
    private static let queues = ["default", "q", "{", "}", "}x", "a}b", "a{b", "é ü", "123456789"]

    @Test func `a server that is no cluster says so by name`() async throws {
        let inspector = try GoLayout().inspector()
        #expect(try await refusal { try await inspector.clusterNodes(of: "q") } == .clusterDisabled)
    }

    @Test func `slots and nodes are those that a cluster names, and every change stays within one slot`() async throws {
        try await RedisServerProcess.withServer(arguments: RedisServerProcess.clusterArguments) { server in
            let client = RedisClient(server.configuration, logger: RedisServerProcess.silentLogger)
            let inspector = TaskInspector(client: client)
            #expect(try await inspector.clusterNodes(of: "q") == [])
            try await client.send("CLUSTER", "ADDSLOTSRANGE", 0, 16_383)
            for queue in Self.queues {
                let slot = try await client.send("CLUSTER", "KEYSLOT", .string("asynq:{\(queue)}:pending")).integer()
                #expect(inspector.clusterKeySlot(of: queue) == Int(slot), "\(queue)")
            }
            let node = try await client.send("CLUSTER", "MYID").string()
            #expect(try await inspector.clusterNodes(of: "q") == [ClusterNode(id: node, address: ":0")])
            try await Self.changeEverything(client, inspector)
            await inspector.close()
        }
    }

    private static func changeEverything(_ client: RedisClient, _ inspector: TaskInspector) async throws {
        while try await !client.send("CLUSTER", "INFO").string().contains("cluster_state:ok") { await Task.yield() }
        let broker = RedisBroker(
            client: client, blockingClientConfiguration: client.configuration, logger: RedisServerProcess.silentLogger)
        func create(_ id: String, _ placement: TaskPlacement, lock: String) async throws {
            let message = TaskMessage(type: "t", id: id, queue: "q", timeoutSeconds: 60, uniqueKey: lock, groupKey: "g")
            #expect(try await broker.create(message, placement: placement, uniqueFor: .seconds(60)) == .created)
        }
        let later = TaskPlacement.scheduled(at: Date(timeIntervalSinceNow: 600))
        for id in ["a", "b", "c"] { try await create(id, later, lock: "asynq:{q}:unique:\(id)") }
        for id in ["g1", "g2"] { try await create(id, .group("g"), lock: "schedcu:{q}:unique:\(id)") }
        try await inspector.updatePayload(of: "a", in: "q", to: [1])
        try await inspector.runTask("a", in: "q")
        try await inspector.archiveTask("b", in: "q")
        try await inspector.deleteTask("c", in: "q")
        #expect(try await inspector.archiveAllTasks(in: "q", state: .aggregating, group: "g") == 2)
        #expect(try await inspector.runAllTasks(in: "q", state: .archived) == 3)
        #expect(try await inspector.deleteAllTasks(in: "q", state: .pending) == 4)
        // A message may name a lock that is in another slot, where no script of the queue can reach it.
        for id in ["e", "f"] {
            let message = TaskMessage(type: "t", id: id, queue: "q", timeoutSeconds: 60, uniqueKey: "elsewhere")
            try await client.send(
                "HSET", .string("asynq:{q}:t:\(id)"), "msg", .bytes(try message.encoded()), "state", "scheduled")
            try await client.send("ZADD", "asynq:{q}:scheduled", 1, .string(id))
        }
        try await inspector.deleteTask("e", in: "q")
        #expect(try await inspector.deleteAllTasks(in: "q", state: .scheduled) == 1)
        try await create("d", .group("g"), lock: "asynq:{q}:unique:d")
        #expect(try await inspector.queueInfo(for: "q").size == 1)
        #expect(try await inspector.removeQueueWithTasks("q") == 1)
        #expect(try await client.send("DBSIZE").integer() == 0)
    }
}
