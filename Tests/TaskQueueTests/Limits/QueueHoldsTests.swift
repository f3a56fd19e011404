import Testing

@testable import TaskQueue

@Suite struct QueueHoldsTests {
    private let start = ContinuousClock.now
    private let plan = DequeuePlan(from: ["a", "b"], limit: 16)
    private var holds = QueueHolds(pollInterval: .seconds(1))

    @Test func `U5: a full queue is left alone until somebody tells of room`() {
        var holds = holds
        holds.note(DequeueResult(holds: ["a": .full]), plan: plan, since: holds.mark, at: start)
        #expect(holds.isHeld("a") && !holds.isHeld("b"))
        #expect(holds.open(["a", "b"], at: start) == ["b"])
        let wasHeld = holds.hear(of: "a")
        #expect(wasHeld)
        #expect(holds.open(["a", "b"], at: start) == ["a", "b"])
        let wasOtherHeld = holds.hear(of: "b")
        #expect(!wasOtherHeld)
    }

    @Test func `U5: a full queue is looked at again within the poll interval, for a Go worker tells nothing`() {
        var holds = holds
        holds.note(DequeueResult(holds: ["a": .full]), plan: plan, since: holds.mark, at: start)
        #expect(holds.open(["a", "b"], at: start + .milliseconds(499)) == ["b"])
        #expect(holds.open(["a", "b"], at: start + .milliseconds(500)) == ["a", "b"])
        #expect(holds.nextMoment(after: start) == nil)
    }

    @Test func `U5: a thousand full queues cost no more looks at once than 64, and all have their turn`() {
        var holds = holds
        let names = (0..<1000).map { "q\($0)" }
        let plan = DequeuePlan(from: names, limit: 16)
        holds.note(
            DequeueResult(holds: Dictionary(uniqueKeysWithValues: names.map { ($0, .full) })), plan: plan,
            since: holds.mark, at: start)
        var seen: Set<String> = []
        for turn in 1...16 {
            let now = start + .seconds(turn)
            let open = holds.open(names, at: now)
            #expect(open.count <= QueueHolds.mostLooks)
            seen.formUnion(open)
            holds.note(
                DequeueResult(holds: Dictionary(uniqueKeysWithValues: open.map { ($0, .full) })),
                plan: DequeuePlan(from: open, limit: 16), since: holds.mark, at: now)
        }
        #expect(seen.count == 1000)
    }

    @Test func `U5: a rated queue is asked at its moment, and that moment is known`() {
        var holds = holds
        holds.note(
            DequeueResult(holds: ["a": .rated(.milliseconds(30)), "b": .rated(.milliseconds(20))]), plan: plan,
            since: holds.mark, at: start)
        #expect(holds.nextMoment(after: start) == start + .milliseconds(20))
        #expect(holds.nextMoment(after: start + .milliseconds(20)) == start + .milliseconds(30))
        #expect(holds.open(["a", "b"], at: start + .milliseconds(20)) == ["b"])
        #expect(holds.open(["a", "b"], at: start + .milliseconds(30)) == ["a", "b"])
    }

    @Test func `a rate that allows nothing for an hour is looked at all the same`() {
        var holds = holds
        holds.note(DequeueResult(holds: ["a": .rated(.seconds(3600))]), plan: plan, since: holds.mark, at: start)
        #expect(holds.nextMoment(after: start) == start + .seconds(1))
    }

    @Test func `what is heard while an attempt is under way is newer than its result`() {
        var holds = holds
        let mark = holds.mark
        let wasHeld = holds.hear(of: "a")
        #expect(!wasHeld)
        holds.note(DequeueResult(holds: ["a": .full, "b": .full]), plan: plan, since: mark, at: start)
        #expect(!holds.isHeld("a") && holds.isHeld("b"))
    }

    @Test func `a queue that gave tasks, or had none, is held no more`() {
        var holds = holds
        holds.note(DequeueResult(holds: ["a": .full, "b": .full]), plan: plan, since: holds.mark, at: start)
        let later = start + .seconds(1)
        holds.note(DequeueResult(holds: ["b": .full]), plan: plan, since: holds.mark, at: later)
        #expect(!holds.isHeld("a") && holds.isHeld("b"))
        holds.serve([:])
        #expect(!holds.isHeld("b"))
    }
}
