import Foundation
import Redis
import RedisTestSupport
import TaskQueue
import Testing

/// Decision D4: successes that are written together are judged one by one.
@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct BatchedDoneTests {
    let fixture: BrokerFixture
    let broker: RedisBroker

    init() throws {
        fixture = try BrokerFixture()
        broker = fixture.broker
    }

    private func running(_ count: Int) async throws -> [TaskRun] {
        let batch = (0..<count).map {
            (message: fixture.message("t\($0)"), placement: TaskPlacement.pending, uniqueFor: Duration?.none)
        }
        #expect(try await broker.create(batch: batch) == Array(repeating: .created, count: count))
        var runs: [TaskRun] = []
        while runs.count < count {
            runs += try await broker.dequeue(from: ["default"], limit: 16, worker: fixture.worker).map(\.run)
        }
        return runs
    }

    private func done(_ runs: [TaskRun]) async throws -> [String: OutcomeWrite] {
        try await withThrowingTaskGroup(of: (String, OutcomeWrite).self) { group in
            for run in runs { group.addTask { (run.message.id, try await broker.done(run)) } }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    @Test func `only the runs that hold their task are written, whatever their neighbours are`() async throws {
        let runs = try await running(6)
        #expect(try await broker.rescue(runs[1]) == .written)
        _ = try await fixture.send("ZREM", "asynq:{default}:lease", "t2")
        _ = try await fixture.send("LREM", "asynq:{default}:active", 1, "t3")
        _ = try await fixture.send("DEL", "asynq:{default}:t:t4")
        _ = try await fixture.send("SET", "asynq:{default}:t:t4", "another type")
        let outcomes = try await done(runs)
        #expect(outcomes.filter { $0.value == .written }.keys.sorted() == ["t0", "t5"])
        #expect(try await fixture.send("GET", "asynq:{default}:processed").integer() == 2)
        // What was refused is as it was: the lease of t3 too, which has no entry to go with it.
        #expect(try await fixture.strings("ZRANGE", "asynq:{default}:lease", 0, -1) == ["t3", "t4"])
        #expect(try await fixture.strings("LRANGE", "asynq:{default}:active", 0, -1) == ["t4", "t2"])
        #expect(try await fixture.strings("LRANGE", "asynq:{default}:pending", 0, -1) == ["t1"])
    }

    @Test func `item 48: a total that would pass the largest number starts again`() async throws {
        _ = try await fixture.send("SET", "asynq:{default}:processed", "9223372036854775806")
        #expect(try await done(try await running(5)).values.allSatisfy { $0 == .written })
        let total = try await fixture.send("GET", "asynq:{default}:processed").integer()
        #expect(total > 0 && total <= 5)
    }
}
