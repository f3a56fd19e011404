import Testing

@testable import TaskQueue

@Suite struct DrainStateMachineTests {
    private static func active(running: Int = 0) throws -> DrainStateMachine {
        var machine = DrainStateMachine()
        try machine.start()
        for _ in 0..<running { _ = machine.taskArrived() }
        return machine
    }

    @Test func `a server that shuts down runs what it has, and refuses what arrives`() throws {
        var machine = try Self.active(running: 1)
        #expect(machine.shutdownRequested() == true)
        #expect(machine.taskArrived() == false)
        #expect(machine.running == 1)
        machine.taskEnded()
        machine.finished()
        #expect(machine.phase == .closed)
    }

    @Test func `a second shutdown changes nothing`() throws {
        var machine = try Self.active()
        #expect(machine.shutdownRequested() == true)
        #expect(machine.shutdownRequested() == false)
        #expect(machine.phase == .draining)
    }

    @Test func `a stopped server runs what it has taken and fetches no more`() throws {
        var machine = try Self.active(running: 1)
        #expect(machine.stopRequested() == true)
        #expect(!machine.isFetching)
        #expect(machine.taskArrived() == true)
        #expect(machine.status == "stopped")
        #expect(machine.stopRequested() == false)
        #expect(machine.shutdownRequested() == true)
        #expect(machine.stopRequested() == false)
    }

    @Test func `an abort follows a shutdown, once`() throws {
        var machine = try Self.active(running: 2)
        #expect(machine.shutdownRequested() == true)
        #expect(machine.abortRequested() == true)
        #expect(machine.abortRequested() == false)
        #expect(machine.phase == .aborting)
        machine.taskEnded()
        machine.taskEnded()
        #expect(machine.running == 0)
    }

    @Test func `a running server is not started again, a closed one never`() throws {
        var machine = try Self.active()
        #expect(throws: TaskServerError(.alreadyRunning)) { try machine.start() }
        _ = machine.shutdownRequested()
        #expect(throws: TaskServerError(.closed)) { try machine.start() }
    }

    @Test func `a server that never ran is closed by its shutdown`() {
        var machine = DrainStateMachine()
        #expect(machine.shutdownRequested() == true)
        #expect(machine.phase == .closed)
        #expect(machine.status == "closed")
    }

    @Test func `a task cannot end where none runs`() async {
        await #expect(processExitsWith: .failure) {
            var machine = DrainStateMachine()
            machine.taskEnded()
        }
    }
}
