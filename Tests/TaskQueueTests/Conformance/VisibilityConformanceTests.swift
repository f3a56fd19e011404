import Foundation
import Redis
import RedisTestSupport
import Testing

@testable import TaskQueue

/// Section 7, items 49 to 51: what Go's `Inspector.Servers` finds of our server.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct VisibilityConformanceTests {
    private let fixture: ConformanceFixture
    private let go: GoFleet

    init() throws {
        fixture = try ConformanceFixture()
        go = fixture.go
    }

    /// The snapshots that Go lists: of each key in the index that has not expired.
    private func servers() async throws -> [ServerInfo] {
        let keys = try await fixture.redis.send("ZRANGE", "asynq:servers", .integer(go.now), "+inf", "BYSCORE").array()
        var found: [ServerInfo] = []
        for key in keys {
            guard let bytes = try await fixture.redis.send("GET", .string(key.string())).optionalBytes() else {
                continue
            }
            found.append(try ServerInfo(decoding: bytes))
        }
        return found
    }

    private func workers(of server: WorkerIdentity) async throws -> [String: WorkerInfo] {
        let flat = try await fixture.redis.send("HGETALL", .string("asynq:workers:{\(server.id)}")).array()
        var found: [String: WorkerInfo] = [:]
        for index in stride(from: 0, to: flat.count, by: 2) {
            found[try flat[index].string()] = try WorkerInfo(decoding: flat[index + 1].bytes())
        }
        return found
    }

    @Test func `item 49: Go lists our server with all its fields and what it runs, in each status`() async throws {
        let deadline = go.now + 500
        #expect(
            try await go.enqueue(
                ConformanceFixture.message("a", queue: "high", type: "t:x", payload: [1, 0]) {
                    $0.deadlineUnixSeconds = deadline
                }) == 1)
        let gate = Gate()
        let started = Mailbox<Date>()
        let before = Date(timeIntervalSinceNow: -0.01)
        let configuration = fixture.configuration {
            $0.queues = ["high": 6, "low": 1]
            $0.concurrency = 7
            $0.strictPriority = true
        }
        let handler = ClosureHandler { _, _ in
            started.send(Date())
            try await gate.wait()
        }
        try await fixture.ours.withServer(configuration, handler: handler) { server in
            let runs = try await started.next()
            while try await servers().first?.activeWorkerCount != 1 { await Task.yield() }
            let info = try #require(await servers().first)
            #expect(info.host == ProcessInfo.processInfo.hostName)
            #expect(info.pid == ProcessInfo.processInfo.processIdentifier)
            #expect(UUID(uuidString: info.serverID) != nil && info.serverID == info.serverID.lowercased())
            #expect(info.concurrency == 7)
            #expect(info.queues == ["high": 6, "low": 1])
            #expect(info.strictPriority)
            #expect(info.status == "active")
            #expect(info.startedAt >= before && info.startedAt <= runs)
            #expect(server.identity.id == "\(info.host):\(info.pid):\(info.serverID)")
            let worker = try #require(await workers(of: server.identity)["a"])
            #expect(worker.host == info.host && worker.pid == info.pid && worker.serverID == info.serverID)
            #expect(worker.taskID == "a" && worker.taskType == "t:x" && worker.queue == "high")
            #expect(worker.taskPayload == [1, 0])
            #expect(worker.startedAt >= before && worker.startedAt <= runs)
            #expect(worker.deadline == Date(timeIntervalSince1970: TimeInterval(deadline)))

            server.stop()
            while try await servers().first?.status != "stopped" { await Task.yield() }
            async let over: Void = server.shutdown()
            while try await servers().first?.status != "closed" { await Task.yield() }
            #expect(try await workers(of: server.identity).keys.sorted() == ["a"])
            gate.open()
            await over
        }
        #expect(try await servers().isEmpty)
    }

    @Test func `item 50: the snapshot lives 10 s, is renewed while we live and goes with a shutdown`() async throws {
        #expect(TaskServerConfiguration().heartbeatInterval <= .seconds(5))
        let before = Int(go.now)
        try await fixture.ours.withServer(fixture.configuration(), handler: ServeMux()) { server in
            let key = "asynq:servers:{\(server.identity.id)}"
            func life() async throws -> Int { Int(try await fixture.redis.send("PTTL", .string(key)).integer()) }
            func listed() async throws -> Int { Int(try await go.score(server) ?? "") ?? 0 }
            while try await !go.exists(key) { await Task.yield() }
            let first = try await listed()
            #expect((1...10_000).contains(try await life()))
            #expect((before + 10...Int(go.now) + 10).contains(first))
            // Renewed: the index's score grows.
            while try await listed() <= first { await Task.yield() }
            #expect((1...10_000).contains(try await life()))
        }
        #expect(try await fixture.hasKey("asynq:servers*") == false)
        #expect(try await fixture.hasKey("asynq:workers*") == false)
    }

    @Test func `item 51: an idle server has no workers key, before and after it ran a task`() async throws {
        try await fixture.ours.withServer(fixture.configuration(), handler: ClosureHandler { _, _ in }) { server in
            while try await servers().isEmpty { await Task.yield() }
            #expect(try await workers(of: server.identity).isEmpty)
            #expect(try await go.enqueue(ConformanceFixture.message("a")) == 1)
            _ = try await fixture.outcomes.next()
            // A beat that was under way may still list it; a later one does not.
            while try await fixture.hasKey("asynq:workers:*") { await Task.yield() }
        }
    }
}

extension GoFleet {
    /// When a server's entry in the index expires, Unix seconds.
    fileprivate func score(_ server: TaskServer) async throws -> String? {
        try await redis.send("ZSCORE", "asynq:servers", .string("asynq:servers:{\(server.identity.id)}"))
            .optionalBytes().map { String(decoding: $0, as: UTF8.self) }
    }
}
