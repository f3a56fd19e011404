import Foundation
import Testing

@testable import TaskEvents

@Suite struct TaskEventSequencerTests {
    @Test func `events in order are let through, repeats are not`() {
        var sequencer = TaskEventSequencer(next: 1)
        #expect(sequencer.live(event(1)) == .deliver)
        #expect(sequencer.live(event(2)) == .deliver)
        #expect(sequencer.live(event(2)) == .repeated)
        #expect(sequencer.live(event(1)) == .repeated)
    }

    @Test func `a jump in live events asks for a replay, which brings each event once`() {
        var sequencer = TaskEventSequencer(next: 1)
        #expect(sequencer.live(event(1)) == .deliver)
        #expect(sequencer.live(event(4)) == .gap)
        #expect(sequencer.next == 2)
        #expect([2, 3, 4].map { sequencer.replayed(event($0)) } == [true, true, true])
        let isLetThrough = sequencer.replayed(event(4))
        #expect(!isLetThrough)
        #expect(sequencer.live(event(5)) == .deliver)
    }

    @Test func `a jump in the stream is let through`() {
        var sequencer = TaskEventSequencer(next: 1)
        let isLetThrough = sequencer.replayed(event(7))
        #expect(isLetThrough)
        #expect(sequencer.next == 8)
    }

    @Test func `without a start the first live event begins`() {
        var sequencer = TaskEventSequencer(next: nil)
        #expect(sequencer.live(event(9)) == .deliver)
        #expect(sequencer.live(event(11)) == .gap)
        #expect(sequencer.next == 10)
    }

    @Test func `numbers that begin again after a day of silence are let through`() {
        var sequencer = TaskEventSequencer(next: 1)
        #expect(sequencer.live(event(1)) == .deliver)
        #expect(sequencer.live(event(2)) == .deliver)
        #expect(sequencer.live(event(1, at: 86_000)) == .repeated)
        #expect(sequencer.live(event(1, at: 86_401)) == .deliver)
        #expect(sequencer.live(event(2, at: 86_401)) == .deliver)
    }

    @Test func `when the first event of the new numbers was missed it is replayed`() {
        var sequencer = TaskEventSequencer(next: 9)
        #expect(sequencer.live(event(9)) == .deliver)
        #expect(sequencer.live(event(2, at: 90_000)) == .gap)
        #expect(sequencer.next == 1)
    }

    private func event(_ seq: Int, at seconds: Double = 0) -> TaskEvent {
        TaskEvent(
            seq: seq, taskID: "t", type: "x", queue: "q", at: Date(timeIntervalSince1970: seconds), attempt: 1,
            worker: "h:1", kind: .started)
    }
}
