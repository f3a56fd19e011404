import Testing

@testable import TaskQueue

@Suite(.timeLimit(.minutes(1))) struct SlotGateTests {
    /// A task that waits at a full gate.
    private func waiter(at gate: SlotGate) async throws -> Task<Bool, Never> {
        let before = gate.waiting
        let task = Task { await gate.enter() }
        try await until { gate.waiting > before }
        return task
    }

    @Test func `a slot that is given back belongs to whoever has waited longest`() async throws {
        let gate = SlotGate(slots: 1)
        #expect(await gate.enter())
        let first = try await waiter(at: gate)
        let second = try await waiter(at: gate)
        gate.leave()
        #expect(await first.value)
        #expect(gate.waiting == 1)
        gate.leave()
        #expect(await second.value)
        gate.leave()
        #expect(await gate.enter(), "all slots are back")
    }

    @Test func `a cancelled wait ends without a slot and loses none`() async throws {
        let gate = SlotGate(slots: 1)
        #expect(await gate.enter())
        let task = try await waiter(at: gate)
        task.cancel()
        #expect(await !task.value)
        gate.leave()
        #expect(await gate.enter())
    }

    @Test func `who has waited too long is sent away, who came later stays`() async throws {
        let gate = SlotGate(slots: 1)
        #expect(await gate.enter())
        let early = try await waiter(at: gate)
        let moment = try #require(gate.oldest)
        let late = try await waiter(at: gate)
        #expect(gate.sendAway(waitingSince: moment) == 1)
        #expect(await !early.value)
        gate.leave()
        #expect(await late.value)
    }

    @Test func `a closed gate sends all away, and lets in only who need not wait`() async throws {
        let gate = SlotGate(slots: 1)
        #expect(await gate.enter())
        let task = try await waiter(at: gate)
        gate.close()
        #expect(await !task.value)
        #expect(await !gate.enter())
        gate.leave()
        #expect(await gate.enter())
    }
}
