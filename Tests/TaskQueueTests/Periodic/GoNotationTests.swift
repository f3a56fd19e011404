import Foundation
import Testing

@testable import TaskQueue

@Suite struct GoNotationTests {
    static let durations: [(text: String, nanoseconds: Int64)] = [
        ("0", 0), ("0s", 0), ("1ns", 1), ("1us", 1000), ("1\u{B5}s", 1000), ("1\u{3BC}s", 1000), ("1ms", 1_000_000),
        ("1s", 1_000_000_000), ("1m", 60_000_000_000), ("1h", 3_600_000_000_000), ("1h30m", 5_400_000_000_000),
        ("1.5h", 5_400_000_000_000), (".5s", 500_000_000), ("5.s", 5_000_000_000), ("-1.5s", -1_500_000_000),
        ("+3s", 3_000_000_000), ("1m1m", 120_000_000_000), ("0.3333333333333333333h", 1_200_000_000_000),
        ("9223372036854775807ns", .max), ("-9223372036854775808ns", .min), ("2562047h47m16.854775807s", .max),
    ]

    @Test(arguments: durations)
    func `a duration is read as Go's ParseDuration reads it`(text: String, nanoseconds: Int64) {
        #expect(GoDuration.nanoseconds(text) == nanoseconds)
    }

    @Test(arguments: [
        "", "-", "+", "s", ".", ".s", "1", "1.5", "1 s", " 1s", "1s ", "1d", "1S", "1s1", "--1s", "1e3s", "0x1s",
        "9223372036854775808ns", "-9223372036854775809ns", "9999999h", "99999999999999999999s", "\u{661}s",
    ])
    func `what Go's ParseDuration refuses is refused`(text: String) {
        #expect(GoDuration.nanoseconds(text) == nil)
    }

    static let written: [(duration: Duration, text: String)] = [
        (.zero, "0s"), (.nanoseconds(7), "7ns"), (.nanoseconds(1500), "1.5\u{B5}s"), (.milliseconds(500), "500ms"),
        (.microseconds(1_234_567), "1.234567s"), (.seconds(1), "1s"), (.seconds(90), "1m30s"), (.seconds(60), "1m0s"),
        (.seconds(3600), "1h0m0s"), (.seconds(26 * 3600), "26h0m0s"), (.seconds(86_400), "24h0m0s"),
        (.milliseconds(1500), "1.5s"), (.milliseconds(3_661_010), "1h1m1.01s"), (.seconds(-90), "-1m30s"),
        (.seconds(Int64.max), "2562047h47m16.854775807s"), (.seconds(Int64.min), "-2562047h47m16.854775808s"),
    ]

    @Test(arguments: written)
    func `a duration is written as Go's String writes it`(duration: Duration, text: String) {
        #expect(GoDuration.text(duration) == text)
    }

    @Test func `text is quoted as Go quotes it`() {
        #expect(GoText.quoted("q") == #""q""#)
        #expect(GoText.quoted("a\"b\\c") == #""a\"b\\c""#)
        #expect(GoText.quoted("é日\u{1F600} )") == "\"é日\u{1F600} )\"")
        #expect(
            GoText.quoted("\u{07}\u{08}\u{0C}\n\r\t\u{0B}\u{0}\u{7F}\u{A0}\u{200B}\u{E0001}")
                == #""\a\b\f\n\r\t\v\x00\x7f\u00a0\u200b\U000e0001""#)
    }

    @Test func `item 54: options are written in asynq's notation, each with its parentheses`() {
        let date = Date(timeIntervalSince1970: 1_793_862_309)
        let options = EnqueueOptions(
            queue: "a \"b\"", taskID: "id", maxRetry: 3, timeout: .seconds(90), deadline: date, processAt: date,
            processIn: .milliseconds(1500), unique: .seconds(3600), uniqueKey: "k", retention: .seconds(86_400),
            group: "g")
        let written = options.notation(headers: ["z": "<1>", "a": "x\"y\n"])
        #expect(
            written == [
                #"Queue("a \"b\"")"#, "MaxRetry(3)", #"TaskID("id")"#, "Timeout(1m30s)",
                "Deadline(Thu Nov  5 07:05:09 UTC 2026)", "Unique(1h0m0s)", #"UniqueKey("k")"#,
                "ProcessAt(Thu Nov  5 07:05:09 UTC 2026)", "ProcessIn(1.5s)", "Retention(24h0m0s)", #"Group("g")"#,
                #"Header(["a","x\"y\n"])"#, #"Header(["z","\u003c1\u003e"])"#,
            ])
        for option in written { #expect(option.contains("(") && option.hasSuffix(")")) }
        #expect(EnqueueOptions().notation() == [])
        #expect(EnqueueOptions(maxRetry: -5).notation() == ["MaxRetry(0)"])
    }
}
