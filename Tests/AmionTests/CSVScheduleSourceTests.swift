import Amion
import ConcurrencySupport
import FlyingFox
import FlyingSocks
import Foundation
import HTTP
import Logging
import ScheduleModel
import Testing

/// The adapter against a real server on loopback.
@Suite(.timeLimit(.minutes(1))) struct CSVScheduleSourceTests {
    /// What became of a month, and with which queries it was asked for.
    private struct Fetched {
        let outcome: Result<MonthResult, MonthFailure>
        let queries: [String]
    }

    private func fetch(
        _ body: String, month: String = "2026-03-01", request: ReportRequest = ReportRequest(),
        credentials: CredentialStore = CredentialStore(
            path: nil, environment: ["SCHEDCU_SECRET_NORTH": "s3cret&code"])
    ) async throws -> Fetched {
        let queries = LockedValue<[String]>([])
        let handler = ClosureHTTPHandler { request in
            let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
            queries.withLock { $0.append("\(request.path)?\(query)") }
            return FlyingFox.HTTPResponse(statusCode: .ok, body: Data(body.utf8))
        }
        let server = HTTPServer(address: try .inet(ip4: "127.0.0.1", port: 0), handler: handler)
        let running = Task { try await server.run() }
        try await server.waitUntilListening()
        guard case .ip4(_, let port)? = await server.listeningAddress else { throw CancellationError() }
        let allowed = AllowedHost(host: "127.0.0.1", port: Int(port), allowPrivate: true, allowHTTP: true)
        let client = HTTPClient(policy: HTTPPolicy(allowedHosts: [allowed]), logger: Logger(label: "amion.tests"))
        let source = CSVScheduleSource(
            client: client, baseURL: "http://127.0.0.1:\(port)/", vocabulary: try ShiftVocabulary(ShiftType.initial),
            request: request
        ) { () throws(CredentialError) in try credentials.secret(named: "north") }
        let first = try #require(LocalDate(month))
        let outcome: Result<MonthResult, MonthFailure>
        do {
            guard case .changed(let result) = try await source.month(first, known: nil) else {
                throw MonthFailure(month: first, kind: .http, code: "INVALID_RESPONSE", cause: "unchanged")
            }
            outcome = .success(result)
        } catch let failure as MonthFailure {
            outcome = .failure(failure)
        }
        await client.close()
        running.cancel()
        _ = await running.result
        return Fetched(outcome: outcome, queries: queries.withLock { $0 })
    }

    @Test func `a month is one request of report 625c over its days and one more`() async throws {
        let fetched = try await fetch(CSVReportFixture.report(CSVReportFixture.evening, CSVReportFixture.night))
        #expect(try fetched.outcome.get().rows.count == 2)
        #expect(fetched.queries.count == 1)
        let query = try #require(fetched.queries.first)
        #expect(query.hasPrefix("/cgi-bin/ocs?"))
        #expect(query.hasSuffix("Rpt=625c&Month=3-26&Day=1&Days=32"))
        // FlyingFox decodes: what arrives as one value was encoded.
        #expect(query.contains("Lo=s3cret&code&Rpt") || query.contains("Lo=s3cret%26code&Rpt"))
    }

    @Test(arguments: [
        ("2026-03-01", ReportRequest.YearMode.calendar, "Month=3&Year=2026&Day=1&Days=32"),
        ("2026-03-01", .scheduleYear, "Month=3&Year=2025&Day=1&Days=32"),
        ("2026-06-01", .scheduleYear, "Month=6&Year=2025&Day=1&Days=31"),
        ("2026-07-01", .scheduleYear, "Month=7&Year=2026&Day=1&Days=32"),
        ("2028-02-01", .calendar, "Month=2&Year=2028&Day=1&Days=30"),
    ])
    func `the year may stand by itself, as the calendar's or as the schedule year from July`(
        month: String, mode: ReportRequest.YearMode, query: String
    ) async throws {
        let fetched = try await fetch(
            CSVReportFixture.preamble, month: month, request: ReportRequest(style: .split, yearMode: mode))
        #expect(fetched.queries.first?.hasSuffix(query) == true)
    }

    @Test func `failures name their kind and hold no credential`() async throws {
        for body in ["NOFI=No file", "bad password", "<html>Log in</html>", CSVReportFixture.preamble + "\"Quill"] {
            let fetched = try await fetch(body)
            let failure = #expect(throws: MonthFailure.self) { try fetched.outcome.get() }
            #expect(failure.map { "\($0)".contains("s3cret") } == false)
        }
    }

    @Test func `without a credential nothing is asked, and the failure says where it was looked for`() async throws {
        let fetched = try await fetch("", credentials: CredentialStore(path: nil, environment: [:]))
        let failure = #expect(throws: MonthFailure.self) { try fetched.outcome.get() }
        #expect(fetched.queries.isEmpty)
        #expect(failure?.kind == .auth && failure?.code == "AUTH_FAILED")
        #expect(failure?.cause.contains("SCHEDCU_SECRET_NORTH") == true)
    }
}
