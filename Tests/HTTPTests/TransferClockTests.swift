import Testing

@testable import HTTP

@Suite struct TransferClockTests {
    private let start = ContinuousClock.now

    @Test func `a header that comes slowly is too late, however much comes of it`() {
        var clock = TransferClock(header: .seconds(30), idle: .seconds(10), startedAt: start)
        for second in 1..<30 { clock.note(progressAt: start + .seconds(second)) }
        #expect(clock.verdict(at: start + .milliseconds(29_999)) == nil)
        #expect(clock.deadline == start + .seconds(30))
        #expect(clock.verdict(at: start + .seconds(30)) == "no complete header came within 30.0 seconds")
    }

    @Test func `a body that comes slowly is not idle`() {
        var clock = TransferClock(header: .seconds(30), idle: .seconds(10), startedAt: start)
        clock.headerIsComplete()
        for second in stride(from: 9, to: 300, by: 9) {
            #expect(clock.verdict(at: start + .seconds(second)) == nil)
            clock.note(progressAt: start + .seconds(second))
        }
        #expect(clock.verdict(at: start + .seconds(297 + 10)) == "nothing came for 10.0 seconds")
    }

    @Test func `a transfer that stands still for its reader is not idle`() {
        var clock = TransferClock(header: .seconds(30), idle: .seconds(5), startedAt: start)
        clock.headerIsComplete()
        clock.stop()
        #expect(clock.verdict(at: start + .seconds(100)) == nil)
        #expect(clock.deadline == nil)
        clock.note(progressAt: start + .seconds(100))
        #expect(clock.verdict(at: start + .seconds(104)) == nil)
        #expect(clock.verdict(at: start + .seconds(105)) == "nothing came for 5.0 seconds")
    }
}
