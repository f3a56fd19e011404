import ConcurrencySupport
import Testing

@Suite struct BackoffTests {
    let backoff = Backoff(base: .milliseconds(50), limit: .seconds(5), jitter: 0.2)

    @Test(arguments: [(1, 50), (2, 100), (3, 200), (7, 3200), (8, 5000), (1_000_000, 5000)])
    func `waits double from the base and stop at the limit`(failures: Int, milliseconds: Int) {
        #expect(backoff.delay(afterFailures: failures, random: 0.5) == .milliseconds(milliseconds))
    }

    @Test func `jitter spreads a wait by its share both ways`() {
        #expect(backoff.delay(afterFailures: 2, random: 0) == .milliseconds(80))
        #expect(backoff.delay(afterFailures: 2, random: 1) == .milliseconds(120))
    }

    @Test func `there is no wait before the first failure`() async {
        await #expect(processExitsWith: .failure) { _ = Backoff.reconnecting.delay(afterFailures: 0) }
    }
}
