import ConcurrencySupport
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1))) struct OwnThreadExecutorTests {
    @Test func `work that blocks keeps none of the pool's threads`() async throws {
        // More blocked at once than the pool has threads; what frees them runs in the pool.
        let count = ProcessInfo.processInfo.activeProcessorCount * 2 + 2
        let entered = AsyncStream.makeStream(of: Void.self)
        let gate = DispatchSemaphore(value: 0)
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<count {
                group.addTask {
                    try await OwnThreadExecutor.run("test") {
                        entered.continuation.yield()
                        gate.wait()
                        return number
                    }
                }
            }
            var waiting = entered.stream.makeAsyncIterator()
            for _ in 0..<count { await waiting.next() }
            for _ in 0..<count { gate.signal() }
            return try await group.reduce(0, +)
        }
        #expect(sum == count * (count - 1) / 2)
    }

    @TaskLocal static var name = "none"

    @Test func `it is the same task: cancelled with it, and with its values`() async throws {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await Self.$name.withValue("ours") {
                try await OwnThreadExecutor.run("test") { "\(Self.name) \(Task.isCancelled)" }
            }
        }
        #expect(try await task.value == "ours true")
    }

    @Test func `what the work throws comes out`() async {
        struct Failure: Error {}
        await #expect(throws: Failure.self) { try await OwnThreadExecutor.run("test") { throw Failure() } }
    }
}
