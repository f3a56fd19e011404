import Foundation
import HTTP
import Testing

@testable import AmionStandin

@Suite(.timeLimit(.minutes(1))) struct StandinBehaviourTests {
    private struct Entry: Decodable, Equatable {
        let number: Int
        let target: String
        let status: Int
        let conditional: Bool
    }

    private func statuses(_ fixture: StandinFixture, _ count: Int) async throws -> [Int] {
        var statuses: [Int] = []
        for _ in 0..<count { statuses.append(try await fixture.get("/schedule/2026-03").status) }
        return statuses
    }

    @Test func `a storm answers 429 so many times, begins where it is told and can be made again`() async throws {
        let fixture = try await StandinFixture(["--storm", "2", "--storm-after", "1", "--retry-after", "7"])
        #expect(try await statuses(fixture, 4) == [200, 429, 429, 200])
        #expect(try await fixture.get("/standin/storm?count=1").status == 200)
        let refused = try await fixture.get("/schedule/2026-03")
        #expect(refused.status == 429)
        #expect(refused.headers["Retry-After"] == "7")
        #expect(try await statuses(fixture, 1) == [200])
        await fixture.end()
    }

    @Test func `a fault with a count passes`() async throws {
        let fixture = try await StandinFixture(["--fault", "status=503@2026-03*2", "--fault", "status=404@2026-04"])
        #expect(try await statuses(fixture, 3) == [503, 503, 200])
        #expect(try await fixture.get("/schedule/2026-04").status == 404)
        await fixture.end()
    }

    @Test func `a conditional request for a page that has not changed is answered 304 without a body`() async throws {
        let fixture = try await StandinFixture()
        let page = try await fixture.get("/schedule/2026-03")
        let etag = try #require(page.headers["ETag"])
        let modified = try #require(page.headers["Last-Modified"])
        for headers in [[("If-None-Match", etag)], [("If-Modified-Since", modified)]] {
            let again = try await fixture.get("/schedule/2026-03", headers: headers)
            #expect(again.status == 304)
            #expect(again.body.isEmpty)
            #expect(again.headers["ETag"] == etag)
            #expect(try await fixture.get("/schedule/2026-04", headers: headers).status == 200)
        }
        // If-None-Match wins.
        let mixed = [("If-None-Match", "\"other\""), ("If-Modified-Since", modified)]
        #expect(try await fixture.get("/schedule/2026-03", headers: mixed).status == 200)
        await fixture.end()
    }

    @Test(arguments: [("etag", true, false), ("modified", false, true), ("none", false, false)])
    func `the marks of a version are those asked for`(choice: String, hasTag: Bool, hasDate: Bool) async throws {
        let fixture = try await StandinFixture(["--validators", choice])
        let page = try await fixture.get("/schedule/2026-03")
        #expect((page.headers["ETag"] != nil) == hasTag)
        #expect((page.headers["Last-Modified"] != nil) == hasDate)
        await fixture.end()
    }

    @Test func `every request stands in the log, in file and answer alike, without the access code`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "standin-\(UUID().uuidString).log")
        defer { try? FileManager.default.removeItem(at: file) }
        let fixture = try await StandinFixture(["--log", file.path, "--fault", "not-http@2026-04"])
        _ = try await fixture.get("/schedule/2026-03", headers: [("If-None-Match", "\"x\"")])
        _ = try await fixture.get("/cgi-bin/ocs?Lo=hunter2&Rpt=625c&Month=3-26")
        _ = try? await fixture.get("/schedule/2026-04")
        _ = try await fixture.get("/elsewhere")
        let text = String(decoding: try await fixture.get("/standin/requests").body, as: UTF8.self)
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
        #expect(!text.contains("hunter2"))
        let entries = try text.split(separator: "\n").map { try JSONDecoder().decode(Entry.self, from: Data($0.utf8)) }
        #expect(
            entries == [
                Entry(number: 1, target: "/schedule/2026-03", status: 200, conditional: true),
                Entry(number: 2, target: "/cgi-bin/ocs?Rpt=625c&Month=3-26", status: 200, conditional: false),
                Entry(number: 3, target: "/schedule/2026-04", status: 0, conditional: false),
                Entry(number: 4, target: "/elsewhere", status: 404, conditional: false),
            ])
        await fixture.end()
    }

    @Test func `the same seed makes the same page in every run, another makes another`() async throws {
        var pages: [String] = []
        for seed in ["5", "5", "6"] {
            let fixture = try await StandinFixture(["--seed", seed])
            pages.append(try await fixture.page())
            await fixture.end()
        }
        #expect(pages[0] == pages[1])
        #expect(pages[0] != pages[2])
    }

    @Test func `a report needs a code and names nobody's month as NOFI`() async throws {
        let fixture = try await StandinFixture(["--months-missing", "2026-04"])
        func report(_ query: String) async throws -> String {
            String(decoding: try await fixture.get("/cgi-bin/ocs?\(query)").body, as: UTF8.self)
        }
        #expect(try await report("Lo=x&Rpt=625c&Month=3-26").hasPrefix("Assignments for 3-1-26 to 4-1-26"))
        #expect(try await report("Login=x&Rpt=625c&Month=3&Year=2026").hasPrefix("Assignments for 3-1-26"))
        #expect(try await report("Rpt=625c&Month=3-26") == "NOFI=No file\n")
        #expect(try await report("Lo=x&Rpt=625c&Month=4-26") == "NOFI=No file\n")
        await fixture.end()
    }
}
