import Foundation
import Testing

@testable import TaskEvents

@Suite struct EventTextTests {
    @Test(arguments: [
        ("no address here: a/b", "no address here: a/b"),
        ("cannot reach redis://user:secret@db:6379/0, trying", "cannot reach redis://db:6379/…, trying"),
        ("GET https://amion.com/cgi-bin/ocs?Lo=secret+x failed", "GET https://amion.com/… failed"),
        ("postgres://u:p/w@d@h/x and http://h", "postgres://h/… and http://h"),
        ("(http://h?Lo=secret)", "(http://h/…)"),
        ("://", "://"),
    ])
    func `an address is cut to its host`(text: String, expected: String) {
        #expect(EventText.withoutURLDetails(text) == expected)
    }

    @Test func `a text is cut between characters`() {
        #expect(EventText.cut("abc", toBytes: 3) == "abc")
        #expect(EventText.cut("ääää", toBytes: 7) == "ää…")
        #expect(EventText.cut("👨‍👩‍👧x", toBytes: 5) == "…")
    }

    @Test func `the log, errors and results hold no secret of an address`() {
        let url = "redis://u:geheim@h/0"
        let bodies = [
            EventBody.log(level: "info", message: url), EventBody.failed(error: url, code: "X"),
            EventBody.finished(outcome: "SUCCESS", result: ["a": [.string(url)]]),
            EventBody.retrying(error: url, retryAt: .distantFuture, retriesLeft: 1),
        ]
        for body in bodies { #expect(!JSONValue.object(body).jsonText.contains("geheim")) }
        #expect(!MessageBatches.split([["message": .string(url)]], maxBytes: 1000)[0][0].jsonText.contains("geheim"))
    }

    @Test func `a result that is too large loses its largest members`() {
        let large = JSONValue.string(String(repeating: "x", count: 9000))
        let result = EventBody.summary(["rows": 12, "large": large, "outcome": "SUCCESS"])
        #expect(result == ["rows": 12, "outcome": "SUCCESS", "truncated": true])
        #expect(EventBody.summary(large) == ["truncated": true])
        #expect(EventBody.summary(["rows": 12]) == ["rows": 12])
    }
}

@Suite struct MessageBatchesTests {
    @Test func `a batch holds at most 100 messages, in order`() {
        let messages = (0..<250).map { JSONValue.integer($0) }
        let groups = MessageBatches.split(messages, maxBytes: 60_000)
        #expect(groups.map(\.count) == [100, 100, 50])
        #expect(groups.flatMap(\.self) == messages)
    }

    @Test func `a batch stays within its bytes`() {
        let messages = (0..<30).map { JSONValue.string(String(repeating: "x", count: 900) + "\($0)") }
        let groups = MessageBatches.split(messages, maxBytes: 4000)
        #expect(groups.allSatisfy { JSONValue.array($0).encoded().count <= 4001 })
        #expect(groups.flatMap(\.self) == messages)
    }

    @Test func `a message that is too large keeps what says most`() {
        let text = String(repeating: "x", count: 40_000)
        let long: JSONValue = ["severity": "ERROR", "code": "C", "message": .string(text)]
        let cut = MessageBatches.split([long], maxBytes: 60_000)[0][0]
        #expect(cut["message"]?.stringValue?.utf8.count == 1000)
        let details = JSONValue.array(Array(repeating: .string("0123456789"), count: 5000))
        let deep: JSONValue = ["severity": "ERROR", "code": "C", "message": "m", "details": details]
        #expect(
            MessageBatches.split([deep], maxBytes: 60_000) == [[["severity": "ERROR", "code": "C", "message": "m"]]])
    }
}
