import Foundation
import HTTP
import Testing

@testable import Amion

/// RFC 9110, sections 5.6.7 and 10.2.3.
@Suite struct RetryAfterTests {
    /// 1994-11-06 08:49:37 UTC, the moment of the RFC's examples.
    private let moment = 784_111_777

    private func span(_ value: String?, date: String? = nil) -> Duration? {
        let fields = [("Retry-After", value), ("Date", date)].compactMap { name, value in value.map { (name, $0) } }
        return RetryAfter.span(
            HTTPHeaders(fields.map { (name: $0.0, value: $0.1) }),
            now: Date(timeIntervalSince1970: Double(moment) - 90))
    }

    @Test(arguments: [("0", 0), ("7", 7), (" 120 ", 120)])
    func `seconds are read`(text: String, seconds: Int) {
        #expect(span(text) == .seconds(seconds))
    }

    @Test func `so many seconds that no number holds them are many`() throws {
        #expect(try #require(span("99999999999999999999999")) >= .seconds(86_400))
    }

    @Test(arguments: ["Sun, 06 Nov 1994 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])
    func `a date is counted from now`(text: String) {
        #expect(span(text) == .seconds(90))
    }

    @Test func `the obsolete form with two digits of the year is read`() {
        #expect(RetryAfter.moment("Sunday, 06-Nov-94 08:49:37 GMT") == 3_939_871_777)
        #expect(RetryAfter.moment("Tuesday, 24-Nov-26 08:49:37 GMT") == 1_795_510_177)
        #expect(RetryAfter.moment("Thu, 01 Jan 1970 00:00:00 GMT") == 0)
        #expect(RetryAfter.moment("Sun, 06 Nov 1994 08:49:37 GMT") == moment)
    }

    @Test func `where the answer has its own date, a date is counted from that`() {
        #expect(span("Sun, 06 Nov 1994 08:49:37 GMT", date: "Sun, 06 Nov 1994 08:49:30 GMT") == .seconds(7))
        #expect(span("Sun, 06 Nov 1994 08:49:37 GMT", date: "someday") == .seconds(90))
    }

    @Test func `a date that is past asks for nothing`() {
        #expect(span("Sun, 06 Nov 1994 08:49:37 GMT", date: "Sun, 06 Nov 1994 08:50:00 GMT") == .zero)
    }

    @Test(arguments: [
        nil, "", " ", "soon", "-3", "1.5", "7 s", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994", "1994-11-06T08:49:37Z",
    ])
    func `what is neither is no wish`(text: String?) {
        #expect(span(text) == nil)
    }
}
