import Foundation
import ScheduleModel
import ScheduleTasks
import Testing

/// One change that breaks one rule, and the key that must be named.
struct BrokenRule: Sendable, CustomTestStringConvertible {
    let json: String
    let path: String

    init(_ json: String, _ path: String) {
        self.json = json
        self.path = path
    }

    var testDescription: String { json }
}

@Suite struct PayloadRuleTests {
    private static let rules = [
        BrokenRule(#""hospital_id":"north""#, "hospital_id"), BrokenRule(#""hospital_id":7"#, "hospital_id"),
        BrokenRule(#""version_id":"zz""#, "version_id"), BrokenRule(#""creator_id":"me""#, "creator_id"),
        BrokenRule(#""hospital_code":"north""#, "hospital_code"),
        BrokenRule(#""hospital_code":"A B""#, "hospital_code"),
        BrokenRule(#""months_back":0"#, "months_back"), BrokenRule(#""months_back":25"#, "months_back"),
        BrokenRule(#""months_back":-1"#, "months_back"), BrokenRule(#""months_back":"six""#, "months_back"),
        BrokenRule(#""months_back":1.5"#, "months_back"), BrokenRule(#""months_back":1e30"#, "months_back"),
        BrokenRule(#""schema_version":2"#, "schema_version"), BrokenRule(#""layout":"C""#, "layout"),
        BrokenRule(#""filename":"\#(String(repeating: "e\u{301}", count: 126)).ods""#, "filename"),
        BrokenRule(#""workflow":{"id":"\#(String(repeating: "w", count: 256))","step":1,"next":[]}"#, "workflow.id"),
        BrokenRule(#""rate_scope":"perlane""#, "rate_scope"), BrokenRule(#""threshold":100.5"#, "threshold"),
        BrokenRule(#""threshold":-1"#, "threshold"), BrokenRule(#""threshold":1e999"#, "threshold"),
        BrokenRule(#""threshold":"80""#, "threshold"), BrokenRule(#""schema_version":1.5"#, "schema_version"),
        BrokenRule(#""max_error_rate":1.01"#, "max_error_rate"),
        BrokenRule(#""max_error_rate":-0.1"#, "max_error_rate"), BrokenRule(#""allow_partial":"yes""#, "allow_partial"),
        BrokenRule(#""dry_run":1"#, "dry_run"), BrokenRule(#""force":"no""#, "force"),
        BrokenRule(#""source":"x.ods""#, "source"), BrokenRule(#""source":{}"#, "source.kind"),
        BrokenRule(#""source":{"kind":"ftp"}"#, "source.kind"), BrokenRule(#""source":{"kind":"file"}"#, "source.name"),
        BrokenRule(#""source":{"kind":"blob","size":1,"name":"x.ods"}"#, "source.sha256"),
        BrokenRule(#""source":{"kind":"blob","sha256":"9c56","size":1,"name":"x.ods"}"#, "source.sha256"),
        BrokenRule(#""source":{"kind":"blob","sha256":"\#(SchedulePayloadTests.digest)"}"#, "source.size"),
        BrokenRule(#""source":{"kind":"blob","sha256":"\#(SchedulePayloadTests.digest)","size":-1}"#, "source.size"),
        BrokenRule(#""source":{"kind":"url","url":"https://files.example/x.ods"}"#, "source.sha256"),
        BrokenRule(#""source":{"kind":"url","sha256":"\#(SchedulePayloadTests.digest)"}"#, "source.url"),
        BrokenRule(#""workflow":{"step":1,"next":[]}"#, "workflow.id"),
        BrokenRule(#""workflow":{"id":"","step":1,"next":[]}"#, "workflow.id"),
        BrokenRule(#""workflow":{"id":"w","next":[]}"#, "workflow.step"),
        BrokenRule(#""workflow":{"id":"w","step":0,"next":[]}"#, "workflow.step"),
        BrokenRule(#""workflow":{"id":"w","step":9223372036854775807,"next":[]}"#, "workflow.step"),
        BrokenRule(#""workflow":{"id":"w","step":1}"#, "workflow.next"),
        BrokenRule(#""workflow":{"id":"w","step":1,"next":["ods:secret"]}"#, "workflow.next.[0]"),
    ]

    @Test(arguments: rules)
    func `a broken rule is named by the path of its key`(rule: BrokenRule) {
        // Of a key that is there twice the first counts.
        let json = #"{\#(rule.json),"hospital_id":"\#(SchedulePayloadTests.hospital)","filename":"x.ods"}"#
        let error = #expect(throws: PayloadError.self) {
            try SchedulePayload(Array(json.utf8), for: .scheduleSync)
        }
        #expect(error?.path == rule.path)
        #expect(error?.description.contains(rule.path) == true)
    }

    @Test(arguments: ["", "null", "[]", "7", "{", "\"x\"", "{\"hospital_id\"", "\u{FF}"])
    func `what is no JSON object is refused`(json: String) {
        for type in ScheduleTaskType.allCases {
            #expect(throws: PayloadError.self) { try SchedulePayload(Array(json.utf8), for: type) }
        }
        #expect(throws: PayloadError.self) { try SchedulePayload([0x7B, 0xFF, 0x7D], for: .odsImport) }
    }

    @Test(arguments: [
        #""rate_scope":"hunter2""#, #""start_date":"hunter2""#, #""layout":"hunter2""#, #""hospital_code":"hunter2""#,
        #""creator_id":"hunter2""#, #""source":{"kind":"hunter2"}"#,
        #""workflow":{"id":"w","step":1,"next":["hunter2"]}"#,
        #""filename":"hunter2""#, #""months_back":"hunter2""#,
    ])
    func `an error never repeats the value`(change: String) {
        let json = #"{\#(change),"hospital_id":"\#(SchedulePayloadTests.hospital)","filename":"x.ods"}"#
        let error = #expect(throws: PayloadError.self) {
            try SchedulePayload(Array(json.utf8), for: .scheduleSync)
        }
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test func `a digest may be written in either case and is kept in lower case`() throws {
        let upper = SchedulePayloadTests.digest.uppercased()
        let payload = try SchedulePayloadTests.decode(
            .odsImport, ["source": ["kind": "blob", "sha256": upper, "size": 5, "name": "x.ods"] as [String: Any]])
        #expect(payload.source == .blob(sha256: SchedulePayloadTests.digest, size: 5, name: "x.ods"))
    }
}
