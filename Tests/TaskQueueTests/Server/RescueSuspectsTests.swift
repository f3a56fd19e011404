import Testing

@testable import TaskQueue

@Suite struct RescueSuspectsTests {
    private let run = TaskRun(message: TaskMessage(type: "t", id: "1", queue: "q"), encodedMessage: [], owner: "w|1|d")
    private let start = ContinuousClock.now
    private var pulse = Pulse()
    private var suspects = RescueSuspects()
    private let longest = Duration.seconds(3)

    /// After the allowance, from the first heartbeat on.
    private var later: ContinuousClock.Instant { start + RescueSuspects.reconnectAllowance }

    private mutating func beat(at moment: ContinuousClock.Instant) {
        pulse.begin()
        pulse.answer(at: moment, longest: longest)
    }

    @Test mutating func `a run is confirmed at the second look with a heartbeat in between`() {
        beat(at: start)
        #expect(suspects.confirmed(by: [run], pulse: pulse, at: later).isEmpty)
        #expect(suspects.confirmed(by: [run], pulse: pulse, at: later).isEmpty)
        beat(at: later)
        #expect(suspects.confirmed(by: [run], pulse: pulse, at: later) == [run])
    }

    @Test mutating func `a heartbeat that was under way at the first look proves nothing`() {
        beat(at: start)
        pulse.begin()
        #expect(suspects.confirmed(by: [run], pulse: pulse, at: later).isEmpty)
        pulse.answer(at: later, longest: longest)
        #expect(suspects.confirmed(by: [run], pulse: pulse, at: later).isEmpty)
        beat(at: later)
        #expect(suspects.confirmed(by: [run], pulse: pulse, at: later) == [run])
    }

    @Test mutating func `a worker that came back clears its runs`() {
        beat(at: start)
        #expect(suspects.confirmed(by: [run], pulse: pulse, at: later).isEmpty)
        beat(at: later)
        #expect(suspects.confirmed(by: [], pulse: pulse, at: later).isEmpty)
        beat(at: later)
        #expect(suspects.confirmed(by: [run], pulse: pulse, at: later).isEmpty)
    }

    @Test(arguments: ["failed", "late", "none"])
    mutating func `after an outage nobody is taken for dead before all had time to come back`(outage: String) {
        beat(at: start)
        let back = start + .seconds(60)
        if outage == "failed" {
            pulse.begin()
            pulse.fail()
        }
        if outage != "none" {
            beat(at: back)
        } else {
            for second in stride(from: 2, through: 60, by: 2) { beat(at: start + .seconds(second)) }
        }
        #expect(suspects.confirmed(by: [run], pulse: pulse, at: back).isEmpty)
        beat(at: back + .seconds(1))
        let isTaken = suspects.confirmed(by: [run], pulse: pulse, at: back + .seconds(1)) == [run]
        #expect(isTaken == (outage == "none"))
        beat(at: back + RescueSuspects.reconnectAllowance)
        #expect(
            suspects.confirmed(by: [run], pulse: pulse, at: back + RescueSuspects.reconnectAllowance) == [run])
    }

    @Test mutating func `a server that has just started takes nobody for dead`() {
        beat(at: start)
        #expect(suspects.confirmed(by: [run], pulse: pulse, at: start).isEmpty)
        beat(at: start + .milliseconds(50))
        #expect(suspects.confirmed(by: [run], pulse: pulse, at: start + .milliseconds(50)).isEmpty)
    }
}
