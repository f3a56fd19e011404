import Testing

@testable import TaskQueue

@Suite struct DrainStateMachineTests {
    private static func active(running: Int = 0) throws -> DrainStateMachine {
        var machine = DrainStateMachine()
        try machine.start()
        for _ in 0..<running { _ = machine.taskArrived() }
        return machine
    }

    @Test func `shutdown waits for the task in flight, then finishes`() throws {
        var machine = try Self.active(running: 1)
        #expect(machine.shutdownRequested() == .waitForTasks)
        #expect(machine.taskArrived() == .refuse)
        #expect(machine.taskEnded() == .finish)
        machine.finished()
        #expect(machine.phase == .closed)
    }

    @Test func `shutdown of an idle server finishes at once`() throws {
        var machine = try Self.active()
        #expect(machine.shutdownRequested() == .finish)
        #expect(machine.shutdownRequested() == .none)
    }

    @Test func `a stopped server runs what it has taken and takes no more`() throws {
        var machine = try Self.active(running: 1)
        #expect(machine.stopRequested() == .stopFetching)
        #expect(!machine.isFetching)
        #expect(machine.taskArrived() == .startTask)
        #expect(machine.taskEnded() == .none)
        #expect(machine.status == "stopped")
        #expect(machine.stopRequested() == .none)
        #expect(machine.shutdownRequested() == .waitForTasks)
    }

    @Test func `an abort cancels what still runs, once`() throws {
        var machine = try Self.active(running: 2)
        #expect(machine.shutdownRequested() == .waitForTasks)
        #expect(machine.abortRequested() == .abortTasks)
        #expect(machine.abortRequested() == .none)
        #expect(machine.taskEnded() == .none)
        #expect(machine.taskEnded() == .finish)
    }

    @Test func `a running server is not started again, a closed one never`() throws {
        var machine = try Self.active()
        #expect(throws: TaskServerError(.alreadyRunning)) { try machine.start() }
        _ = machine.shutdownRequested()
        #expect(throws: TaskServerError(.closed)) { try machine.start() }
    }

    @Test func `a server that never ran is closed by its shutdown`() {
        var machine = DrainStateMachine()
        #expect(machine.shutdownRequested() == .finish)
        #expect(machine.phase == .closed)
        #expect(machine.status == "closed")
    }

    @Test func `a task cannot end where none runs`() async {
        await #expect(processExitsWith: .failure) {
            var machine = DrainStateMachine()
            _ = machine.taskEnded()
        }
    }
}
