import Testing

@testable import TaskQueue

@Suite(.timeLimit(.minutes(1))) struct WakeSignalTests {
    @Test func `a signal given before the wait is kept, several count as one`() async {
        let signal = WakeSignal()
        signal.signal()
        signal.signal()
        await signal.wait()
        let second = Task { await signal.wait() }
        signal.signal()
        await second.value
    }

    @Test func `a cancelled wait ends`() async {
        let signal = WakeSignal()
        let waiting = Task { await signal.wait() }
        waiting.cancel()
        await waiting.value
    }

    @Test func `a wait with a limit ends without a signal`() async {
        await WakeSignal().wait(atMost: .milliseconds(1))
    }

    @Test func `an open latch lets all go on, then and later`() async {
        let latch = Latch()
        let waiting = (0..<10).map { _ in Task { await latch.wait() } }
        latch.open()
        for task in waiting { await task.value }
        await latch.wait()
    }

    @Test func `a cancelled waiter leaves a closed latch`() async {
        let latch = Latch()
        let waiting = Task { await latch.wait() }
        waiting.cancel()
        await waiting.value
    }
}
