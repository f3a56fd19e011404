import Foundation
import HTTP
import Testing

@testable import AmionStandin

@Suite(.timeLimit(.minutes(1))) struct StandinPageFaultTests {
    @Test(arguments: [
        ("login-page", "type=\"password\"", "<table"), ("no-table", "Nothing is shown", "<table"),
        ("empty-table", "<th>Staff</th>", "<td>"),
        ("changed-headers", "<tr><th>Provider</th><th>Required</th>", "<th>Position</th>"),
        ("foreign-headers", "<tr><th>Tag</th><th>Dienst</th>", "<th>Date</th>"),
        ("mixed-dates", "<td>1-Mar-2026</td>", "<td>tomorrow</td>"), ("mixed-dates", "<td>3/1/2026</td>", "tomorrow"),
        ("impossible-dates", "<td>2026-02-30</td>", "<td>3/1/2026</td>"),
        ("unknown-names", "<td>Nobody, Nemo</td>", "<td>Nobody</td>"),
        ("ambiguous-names", "<td>Quill</td>", "Quill, Ada"),
        ("blank-cells", "<td></td>", "tomorrow"),
    ])
    func `a fault of the page shows in it`(fault: String, held: String, missing: String) async throws {
        let fixture = try await StandinFixture(["--fault", fault])
        let page = try await fixture.page()
        #expect(page.contains(held))
        #expect(!page.contains(missing))
        await fixture.end()
    }

    @Test func `duplicate rows come twice, and every other fault leaves the number of rows`() async throws {
        var counts: [String: Int] = [:]
        for fault in ["duplicate-rows", "mixed-dates", "impossible-dates", "unknown-names", "blank-cells"] {
            let fixture = try await StandinFixture(["--fault", fault])
            counts[fault] = try await fixture.page().components(separatedBy: "<tr><td>").count - 1
            await fixture.end()
        }
        #expect(counts.removeValue(forKey: "duplicate-rows") == 310)
        #expect(Set(counts.values) == [155])
    }

    @Test func `undecodable bytes are declared as UTF8`() async throws {
        let fixture = try await StandinFixture(["--fault", "undecodable"])
        let response = try await fixture.get("/schedule/2026-03")
        #expect(response.charset == "utf-8")
        #expect(String(validating: response.body, as: UTF8.self) == nil)
        await fixture.end()
    }

    @Test(
        arguments: [
            ("utf-8", .utf8, []), ("utf-8-bom", .utf8, [0xEF, 0xBB, 0xBF]), ("latin1", .isoLatin1, []),
            ("windows-1252", .windowsCP1252, []), ("utf-16le", .utf16LittleEndian, [0xFF, 0xFE]),
            ("utf-16be", .utf16BigEndian, [0xFE, 0xFF]),
        ] as [(String, String.Encoding, [UInt8])])
    func `a page is written in the encoding asked for`(
        name: String, encoding: String.Encoding, mark: [UInt8]
    ) async throws {
        let fixture = try await StandinFixture(["--encoding", name, "--meta-charset", "none"])
        let body = try await fixture.get("/schedule/2026-03").body
        #expect(body.starts(with: mark))
        let text = try #require(String(bytes: body.dropFirst(mark.count), encoding: encoding))
        #expect(text.hasPrefix("<!DOCTYPE html>") && text.contains("caf\u{E9}") && !text.contains("<meta"))
        await fixture.end()
    }

    @Test func `header and meta element may name different charsets`() async throws {
        let fixture = try await StandinFixture(
            ["--encoding", "windows-1252", "--declared-charset", "none", "--meta-charset", "windows-1252"])
        let response = try await fixture.get("/schedule/2026-03")
        #expect(response.charset == nil)
        #expect(String(decoding: response.body, as: UTF8.self).contains("<meta charset=\"windows-1252\">"))
        await fixture.end()
    }

    @Test(arguments: [
        "", "no-such", "reset=1", "redirects", "redirects=0", "redirects=x", "status=99", "reset@2026-13", "reset*0",
        "reset*x", "no-table=1",
    ])
    func `a fault that is none is refused`(text: String) {
        #expect(Fault(argument: text) == nil)
    }

    @Test func `month and count of a fault are read`() throws {
        let fault = try #require(Fault(argument: "redirect=http://u@h/*x@2026-03*2"))
        #expect(fault.kind == .wire(.redirect("http://u@h/*x")))
        #expect(fault.month == CivilMonth(year: 2026, month: 3))
        #expect(fault.count == 2)
    }
}
