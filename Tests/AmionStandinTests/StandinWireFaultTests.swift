import HTTP
import Testing

@testable import AmionStandin

/// The client's side of what a bad server does to a connection: a typed error each, and no harm done.
@Suite(.timeLimit(.minutes(1))) struct StandinWireFaultTests {
    @Test(
        arguments: [
            ("reset", .connectionReset), ("half-then-reset", .connectionReset), ("length-too-long", .connectionReset),
            ("not-http", .protocolError), ("redirects=30", .tooManyRedirects), ("redirects=4", .tooManyRedirects),
            ("redirect-metadata", .hostNotAllowed), ("redirect=https://elsewhere.invalid/", .hostNotAllowed),
            ("gzip-bomb", .bodyTooLarge), ("body-too-long", .bodyTooLarge),
        ] as [(String, HTTPError.Code)])
    func `a bad answer is a typed error, and the client stays usable`(fault: String, code: HTTPError.Code) async throws
    {
        let fixture = try await StandinFixture(["--fault", "\(fault)@2026-04"])
        let error = await #expect(throws: HTTPError.self) { try await fixture.get("/schedule/2026-04") }
        #expect(error?.code == code)
        #expect(try await fixture.page("2026-03").contains("<td>MidC</td>"))
        await fixture.end()
    }

    @Test(arguments: ["hang", "slow-bytes"])
    func `an answer that does not come to its end is a time-out`(fault: String) async throws {
        let fixture = try await StandinFixture(["--fault", "\(fault)@2026-04"]) { $0.totalTimeout = .milliseconds(500) }
        let error = await #expect(throws: HTTPError.self) { try await fixture.get("/schedule/2026-04") }
        #expect(error?.code == .timedOut)
        await fixture.end()
    }

    @Test func `slow bytes are handed over one by one, long before the page is complete`() async throws {
        let fixture = try await StandinFixture(["--fault", "slow-bytes"])
        let first = try await fixture.client.get(HTTPRequest(url: fixture.base + "/schedule/2026-03")) { _, body in
            for try await piece in body { return piece }
            return []
        }
        #expect(first == [UInt8(ascii: "<")])
        await fixture.end()
    }

    @Test func `a metadata address is refused even where its host is allowed`() async throws {
        let metadata = AllowedHost(host: "169.254.169.254", port: 80, allowHTTP: true)
        let fixture = try await StandinFixture(["--fault", "redirect-metadata"]) { $0.allowedHosts.append(metadata) }
        let error = await #expect(throws: HTTPError.self) { try await fixture.get("/schedule/2026-03") }
        #expect(error?.code == .addressRefused)
        await fixture.end()
    }

    @Test func `of a bomb no more than the limit is ever taken`() async throws {
        let fixture = try await StandinFixture(["--fault", "gzip-bomb"])
        var count = 0
        let error = await #expect(throws: HTTPError.self) {
            try await fixture.client.get(HTTPRequest(url: fixture.base + "/schedule/2026-03")) { _, body in
                for try await piece in body { count += piece.count }
            }
        }
        #expect(error?.code == .bodyTooLarge)
        #expect(count <= 5 * 1024 * 1024)
        await fixture.end()
    }

    @Test func `half a page comes before the reset`() async throws {
        let fixture = try await StandinFixture(["--fault", "half-then-reset*1"])
        var bytes: [UInt8] = []
        await #expect(throws: HTTPError.self) {
            try await fixture.client.get(HTTPRequest(url: fixture.base + "/schedule/2026-03")) { _, body in
                for try await piece in body { bytes += piece }
            }
        }
        let page = try await fixture.page()
        #expect(bytes == Array(page.utf8.prefix(page.utf8.count / 2)))
        await fixture.end()
    }

    @Test func `a page of exactly the limit is taken`() async throws {
        let fixture = try await StandinFixture(["--fault", "body-at-limit"])
        #expect(try await fixture.get("/schedule/2026-03").body.count == 5 * 1024 * 1024)
        await fixture.end()
    }

    @Test func `a length that is too short cuts the page, and its connection is not used again`() async throws {
        let fixture = try await StandinFixture(["--fault", "length-too-short@2026-04", "--fault", "status=500*1"])
        #expect(try await fixture.get("/schedule/2026-03").status == 500)
        let cut = try await fixture.page("2026-04")
        #expect(cut.hasPrefix("<!DOCTYPE html>") && !cut.contains("</table>"))
        #expect(try await fixture.page("2026-03").contains("</html>"))
        await fixture.end()
    }

    @Test func `three redirects lead to the page`() async throws {
        let fixture = try await StandinFixture(["--fault", "redirects=3"])
        let response = try await fixture.get("/schedule/2026-03")
        #expect(response.status == 200)
        #expect(response.finalURL == fixture.base + "/schedule/2026-03?hop=3")
        await fixture.end()
    }

    @Test func `a server that dies leaves its client with typed errors`() async {
        await #expect(processExitsWith: .exitCode(1)) {
            let fixture = try await StandinFixture(["--exit-after", "3"])
            for month in 1...3 { _ = try await fixture.page("2026-0\(month)") }
            // The server is this very process.
            _ = try await fixture.page("2026-04")
        }
    }
}
