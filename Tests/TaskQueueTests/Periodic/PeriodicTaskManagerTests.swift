import ConcurrencySupport
import Foundation
import RedisTestSupport
import Testing

@testable import TaskQueue

@Suite(.requiresRedis, .redisDatabase, .timeLimit(.minutes(1))) struct PeriodicTaskManagerTests {
    let fixture: SchedulerFixture
    let clock: TurnedClock
    let scheduler: PeriodicTaskScheduler
    let provider = Provider()
    let manager: PeriodicTaskManager

    init() throws {
        fixture = try SchedulerFixture()
        clock = fixture.clock
        scheduler = fixture.scheduler()
        manager = PeriodicTaskManager(scheduler: scheduler, provider: provider)
    }

    @Test func `item 67: entries are added and removed after three minutes, and unchanged ones keep their id`()
        async throws
    {
        provider.answer = .success([Self.yearly("a"), Self.yearly("b")])
        try await withRunning {
            let before = ids()
            #expect(before.keys.sorted() == ["a", "b"])
            provider.answer = .success([Self.yearly("b"), Self.yearly("c")])
            await sync(1)
            let after = ids()
            #expect(after.keys.sorted() == ["b", "c"])
            #expect(after["b"] == before["b"])
        }
    }

    @Test func `item 67: an unchanged interval keeps its phase`() async throws {
        provider.answer = .success([PeriodicTaskConfiguration("@every 5m", QueueTask(type: "a"))])
        try await withRunning {
            await sync(1)
            #expect(scheduler.entries.first?.nextEnqueueAt == TurnedClock.start + 300)
        }
    }

    @Test func `item 67: when the provider fails, or one task is invalid, the old entries stay`() async throws {
        provider.answer = .success([Self.yearly("a")])
        try await withRunning {
            provider.answer = .failure(TestFailure(description: "no answer"))
            await sync(1)
            #expect(ids().keys.sorted() == ["a"])
            provider.answer = .success([Self.yearly("b"), PeriodicTaskConfiguration(" ", QueueTask(type: "c"))])
            await sync(2)
            #expect(ids().keys.sorted() == ["a"])
            provider.answer = .success([Self.yearly("b"), Self.yearly("")])
            await sync(3)
            #expect(ids().keys.sorted() == ["a"])
            provider.answer = .success([Self.yearly("b")])
            await sync(4)
            #expect(ids().keys.sorted() == ["b"])
        }
    }

    @Test func `item 67: at the start an invalid task or a provider that fails is an error, and it may be run again`()
        async throws
    {
        provider.answer = .failure(TestFailure(description: "no answer"))
        await #expect(throws: TestFailure.self) { try await manager.run() }
        provider.answer = .success([Self.yearly("a"), Self.yearly(" ")])
        await #expect(throws: EnqueueError.self) { try await manager.run() }
        provider.answer = .success([Self.yearly("a"), PeriodicTaskConfiguration("", QueueTask(type: "b"))])
        let error = await #expect(throws: PeriodicTaskError.self) { try await manager.run() }
        #expect(error?.code == .blankSpec)
        #expect(scheduler.entries.isEmpty)
        provider.answer = .success([Self.yearly("a")])
        try await withRunning { #expect(ids().keys.sorted() == ["a"]) }
    }

    @Test func `a spec that cannot be read leaves out that task only`() async throws {
        provider.answer = .success([PeriodicTaskConfiguration("@nightly", QueueTask(type: "a")), Self.yearly("b")])
        try await withRunning {
            #expect(ids().keys.sorted() == ["b"])
            await sync(1)
            #expect(ids().keys.sorted() == ["b"])
        }
    }

    @Test func `W23: a change of options or headers is a change`() async throws {
        let task = QueueTask(type: "a")
        provider.answer = .success([PeriodicTaskConfiguration("@yearly", task)])
        try await withRunning {
            var seen = Set(ids().values)
            let changed = [
                PeriodicTaskConfiguration("@yearly", task, EnqueueOptions(maxRetry: 1)),
                PeriodicTaskConfiguration("@yearly", QueueTask(type: "a", headers: ["k": "1"])),
                PeriodicTaskConfiguration("@yearly", QueueTask(type: "a", headers: ["k": "2"])),
                PeriodicTaskConfiguration("@yearly", QueueTask(type: "a", payload: [1])),
                PeriodicTaskConfiguration("@monthly", task),
            ]
            for (index, configuration) in changed.enumerated() {
                provider.answer = .success([configuration])
                await sync(index + 1)
                #expect(scheduler.entries.count == 1)
                seen.formUnion(ids().values)
            }
            #expect(seen.count == 6)
        }
    }

    @Test func `equal tasks count as several, and each can be removed`() async throws {
        provider.answer = .success([Self.yearly("a"), Self.yearly("a"), Self.yearly("a")])
        try await withRunning {
            #expect(Set(scheduler.entries.map(\.id)).count == 3)
            for (number, left) in [2, 0, 1].enumerated() {
                provider.answer = .success(Array(repeating: Self.yearly("a"), count: left))
                await sync(number + 1)
                #expect(scheduler.entries.count == left)
            }
        }
    }

    private static func yearly(_ type: String) -> PeriodicTaskConfiguration {
        PeriodicTaskConfiguration("@yearly", QueueTask(type: type))
    }

    private func ids() -> [String: String] {
        Dictionary(scheduler.entries.map { ($0.taskType, $0.id) }) { $1 }
    }

    /// Turns the clock to the `number`-th sync, from 1, and waits for its end.
    private func sync(_ number: Int) async {
        clock.advance(to: Double(number) * 180)
        await clock.somebodySleeps(until: Double(number + 1) * 180)
    }

    private func withRunning(_ body: () async throws -> Void) async throws {
        let running = Task { try await manager.run() }
        await clock.somebodySleeps(until: 180)
        do { try await body() } catch {
            await manager.shutdown()
            throw error
        }
        await manager.shutdown()
        try await running.value
    }
}

/// Answers what the test says.
final class Provider: PeriodicTaskProvider {
    private let state = LockedValue<Result<[PeriodicTaskConfiguration], TestFailure>>(.success([]))

    var answer: Result<[PeriodicTaskConfiguration], TestFailure> {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    func periodicTasks() async throws -> [PeriodicTaskConfiguration] { try answer.get() }
}
