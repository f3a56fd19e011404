import Foundation
import Testing

@testable import TaskQueue

@Suite struct RunningTasksTests {
    private let running = RunningTasks()

    private func run(_ id: String, queue: String = "q", token: Int = 1) -> RunningTask {
        let message = TaskMessage(type: "t", id: id, queue: queue)
        let run = TaskRun(message: message, encodedMessage: [], owner: "w|\(token)")
        return RunningTask(DequeuedTask(run: run, leaseExpiresAt: Date(), deliveries: token), at: Date())
    }

    @Test func `a task that comes again while its lost run goes on interrupts that run, and both are known`() {
        let (first, second) = (run("a"), run("a", token: 2))
        running.insert(first)
        running.insert(second)
        #expect(first.interruption == .leaseLost)
        #expect(second.interruption == nil)
        #expect(running.all.count == 2)
        #expect(running.owners == ["w|1", "w|2"])
        running.remove(first)
        #expect(running.all.count == 1)
        #expect(running.contains(second.run.message))
        running.remove(second)
        #expect(running.all.isEmpty)
    }

    @Test func `the later run may end first`() {
        let (first, second) = (run("a"), run("a", token: 2))
        running.insert(first)
        running.insert(second)
        running.remove(second)
        #expect(running.owners == ["w|1"])
        running.remove(first)
        #expect(running.all.isEmpty)
    }

    @Test func `an id of two queues names two runs`() {
        running.insert(run("a", queue: "x"))
        running.insert(run("a", queue: "y"))
        #expect(running.tasks(withID: "a").count == 2)
        #expect(running.count(in: "x") == 1)
    }
}
