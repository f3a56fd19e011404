import ConcurrencySupport
import Glibc
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct SignalSourceTests {
    /// Each has no other user in a test process.
    private static let signals = [SIGUSR1, SIGUSR2, SIGWINCH, SIGURG, SIGIO, SIGXFSZ, SIGVTALRM]

    @Test(arguments: signals)
    func `a signal that comes as soon as the source is made is heard, and so is a later one`(number: Int32) async {
        let (heard, hearing) = AsyncStream.makeStream(of: Void.self)
        let source = SignalSource(number) { hearing.yield() }
        kill(getpid(), number)
        var arrivals = heard.makeAsyncIterator()
        #expect(await arrivals.next() != nil)
        kill(getpid(), number)
        #expect(await arrivals.next() != nil)
        source.cancel()
    }
}
