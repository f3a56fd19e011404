import ConcurrencySupport
import Testing

@testable import TaskQueue

struct GroupBookTests {
    private var book = GroupBook(most: 2, backoff: Backoff(base: .seconds(1), limit: .seconds(4), jitter: 0))
    private let start = ContinuousClock.now

    private func name(_ group: String, queue: String = "q") -> GroupName { GroupName(queue: queue, group: group) }

    @Test mutating func `as many groups are looked at as may be, each once at a time`() {
        #expect(book.admit(name("a"), at: start) == .admitted)
        #expect(book.admit(name("a"), at: start) == .refused)
        #expect(book.admit(name("a", queue: "other"), at: start) == .admitted)
        #expect(book.admit(name("b"), at: start) == .full)
        book.leave(name("a"), hasFailed: false, at: start)
        #expect(book.admit(name("b"), at: start) == .admitted)
    }

    @Test mutating func `failures in a row make a group wait longer, up to a limit, and a success forgets them`() {
        var moment = start
        for wait in [1, 2, 4, 4] {
            #expect(book.admit(name("a"), at: moment) == .admitted)
            book.leave(name("a"), hasFailed: true, at: moment)
            #expect(book.admit(name("a"), at: moment + .seconds(wait) - .milliseconds(1)) == .refused)
            #expect(book.admit(name("b"), at: moment) == .admitted)
            book.leave(name("b"), hasFailed: false, at: moment)
            moment += .seconds(wait)
        }
        #expect(book.admit(name("a"), at: moment) == .admitted)
        book.leave(name("a"), hasFailed: false, at: moment)
        #expect(book.admit(name("a"), at: moment) == .admitted)
        book.leave(name("a"), hasFailed: true, at: moment)
        #expect(book.admit(name("a"), at: moment + .seconds(1)) == .admitted)
    }

    @Test mutating func `a group that does not come back is forgotten`() {
        #expect(book.admit(name("a"), at: start) == .admitted)
        book.leave(name("a"), hasFailed: true, at: start)
        #expect(book.waitingCount == 1)
        #expect(book.admit(name("b"), at: start + .seconds(60)) == .admitted)
        book.leave(name("b"), hasFailed: false, at: start + .seconds(60))
        #expect(book.waitingCount == 0)
    }
}
