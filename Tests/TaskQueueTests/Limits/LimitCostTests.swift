import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// U5: what limits cost where there are none.
@Suite(.requiresRedis, .timeLimit(.minutes(1))) struct LimitCostTests {
    @Test func `U5: a queue without limits costs one command a dequeue and one an outcome`() async throws {
        try await RedisServerProcess.withServer { process in
            guard case .unix(let path) = process.configuration.address else {
                return #expect(Bool(false), "not on a socket")
            }
            let client = RedisClient(process.configuration, name: "test", logger: RedisServerProcess.silentLogger)
            let broker = RedisBroker(process.configuration, logger: RedisServerProcess.silentLogger)
            let worker = WorkerIdentity(host: "h", pid: 1, serverID: "s")
            for id in ["1", "2", "3"] {
                let message = TaskMessage(type: "t", id: id, queue: "q")
                #expect(try await broker.create(message, placement: .pending, uniqueFor: nil) == .created)
            }
            let monitor = try RedisMonitor(socketPath: path)
            let tasks = try await broker.dequeue(from: ["q"], limit: 2, worker: worker)
            #expect(tasks.count == 2)
            for task in tasks { #expect(try await broker.requeue(task.run) == .written) }
            await broker.close()
            try await client.send("ECHO", .string(RedisMonitor.end))
            let ours = await monitor.lines().filter { $0.contains(" lua]") && $0.contains("\"schedcu:{") }
            #expect(ours.count == 3, "\(ours)")
            #expect(ours.count { $0.contains("HMGET\" \"schedcu:{q}:limits\"") } == 1)
            await client.close()
        }
    }
}
