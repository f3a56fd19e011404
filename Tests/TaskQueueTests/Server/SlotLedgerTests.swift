import Testing

@testable import TaskQueue

@Suite struct SlotLedgerTests {
    @Test func `what is reserved and taken is not free`() {
        var ledger = SlotLedger(concurrency: 10)
        #expect(ledger.reserve(upTo: 16) == 10)
        #expect(ledger.free == 0)
        ledger.fetched(4, of: 10)
        #expect(ledger.free == 6)
        ledger.handlerReturned()
        #expect(ledger.free == 7)
    }

    @Test func `a slow store holds up the fetches: unwritten outcomes are four times the concurrency at most`() {
        var ledger = SlotLedger(concurrency: 3)
        for _ in 0..<4 {
            #expect(ledger.reserve(upTo: 16) == 3)
            ledger.fetched(3, of: 3)
            for _ in 0..<3 { ledger.handlerReturned() }
        }
        #expect(ledger.free == 0)
        ledger.outcomeWritten(wasAlone: false)
        #expect(ledger.free == 1)
    }

    @Test func `handlers that end at once let as many tasks again be taken ahead, one that does not ends it`() {
        var ledger = SlotLedger(concurrency: 3)
        for _ in 0..<SlotLedger.enoughQuick {
            #expect(ledger.free == 3)
            ledger.slotHeld(for: SlotLedger.quickDuration - .nanoseconds(1))
        }
        #expect(ledger.free == 6)
        ledger.slotHeld(for: SlotLedger.quickDuration)
        #expect(ledger.free == 3)
    }

    @Test func `tasks that were taken ahead in vain end it`() {
        var ledger = SlotLedger(concurrency: 3)
        for _ in 0..<SlotLedger.enoughQuick { ledger.slotHeld(for: .zero) }
        ledger.fetched(4, of: ledger.reserve(upTo: 4))
        ledger.tookTooMuch()
        #expect(ledger.free == 0)
        for _ in 0..<4 { ledger.handlerReturned() }
        #expect(ledger.free == 3)
    }

    @Test func `a concurrency under 1 counts as 1`() {
        #expect(SlotLedger(concurrency: -5).free == 1)
    }

    @Test func `a task runs alone when the outcome of all others is written, and nothing is fetched meanwhile`() {
        var ledger = SlotLedger(concurrency: 10)
        #expect(ledger.reserve(upTo: 3) == 3)
        ledger.fetched(2, of: 3)
        ledger.mustWaitToRunAlone()
        #expect(ledger.free == 0)
        #expect(!ledger.mayRunAlone)
        ledger.handlerReturned()
        #expect(!ledger.mayRunAlone, "an outcome is not written yet")
        ledger.outcomeWritten(wasAlone: false)
        #expect(ledger.mayRunAlone)
        ledger.beganAlone()
        #expect(ledger.free == 0)
        #expect(!ledger.mayRunAlone)
        ledger.handlerReturned()
        ledger.outcomeWritten(wasAlone: true)
        #expect(ledger.free == 10)
    }

    @Test func `a function beside the slots and a task that runs alone keep each other out`() {
        var ledger = SlotLedger(concurrency: 2)
        let mayBegin = ledger.beginAside()
        #expect(mayBegin)
        ledger.fetched(1, of: ledger.reserve(upTo: 1))
        ledger.mustWaitToRunAlone()
        #expect(!ledger.mayRunAlone)
        var refused = ledger.beginAside()
        #expect(!refused)
        ledger.endedAside()
        #expect(ledger.mayRunAlone)
        ledger.beganAlone()
        refused = ledger.beginAside()
        #expect(!refused)
        ledger.handlerReturned()
        ledger.outcomeWritten(wasAlone: true)
        let mayBeginAgain = ledger.beginAside()
        #expect(mayBeginAgain)
    }

    @Test func `a fetch under way keeps a task from running alone`() {
        var ledger = SlotLedger(concurrency: 10)
        #expect(ledger.reserve(upTo: 1) == 1)
        #expect(ledger.reserve(upTo: 2) == 2)
        ledger.fetched(1, of: 1)
        ledger.mustWaitToRunAlone()
        #expect(!ledger.mayRunAlone)
        ledger.fetched(0, of: 2)
        #expect(ledger.mayRunAlone)
        ledger.gaveUpWaiting()
        ledger.handlerReturned()
        ledger.outcomeWritten(wasAlone: false)
        #expect(ledger.free == 10)
    }

    @Test(arguments: [
        (nil, 0), ("2|1000", 2), ("2|x", 0), ("", 0), ("3", 0), ("1|-86000", 0),
    ])
    func `crashes count for 24 h`(field: String?, count: Int) {
        #expect(Crashes(field.map { Array($0.utf8) }).count(atUnixSeconds: 1000 + 86_400) == count)
        #expect(Crashes(field.map { Array($0.utf8) }).count(atUnixSeconds: 1000 + 86_401) == 0)
    }

    @Test func `an owner's field is read from its end, since a host's name may hold bars`() {
        let field = OwnerField(Array("ho|st:1:uuid|17.3|1893456030|4".utf8))
        #expect(field?.owner == "ho|st:1:uuid|17.3")
        #expect(field?.workerID == "ho|st:1:uuid")
        #expect(field?.lease == "1893456030")
        #expect(OwnerField(nil) == nil)
        #expect(OwnerField(Array("a|b|c".utf8)) == nil)
    }

    @Test func `what was found full is believed for 50 ms, and not when nothing is left of it`() {
        var believed = BelievedFull()
        let now = ContinuousClock.now
        #expect(believed.queues(among: ["a", "b"], at: now) == nil)
        believed.looked(at: ["a", "b"], full: ["b"], began: now)
        #expect(believed.queues(among: ["a", "b"], at: now) == ["b"])
        #expect(believed.queues(among: ["a", "b", "new"], at: now) == nil)
        #expect(believed.queues(among: ["a", "b"], at: now + .milliseconds(50)) == nil)
        believed.isEmpty("b")
        #expect(believed.queues(among: ["a", "b"], at: now) == nil)
    }
}
