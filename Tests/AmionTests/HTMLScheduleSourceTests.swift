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
@Suite(.timeLimit(.minutes(1))) struct HTMLScheduleSourceTests {
    private typealias Headers = [FlyingFox.HTTPHeader: String]

    /// What became of March 2026, and which paths were asked for.
    private struct Fetched {
        let outcome: Result<MonthResult, MonthFailure>
        let paths: [String]
    }

    /// Fetches March 2026 from a server that answers every request the same way.
    private func fetch(
        _ status: HTTPStatusCode, headers: Headers = [:], body: [UInt8] = [], slash: String = ""
    ) async throws -> Fetched {
        let paths = LockedValue<[String]>([])
        let handler = ClosureHTTPHandler { request in
            paths.withLock { $0.append(request.path) }
            return FlyingFox.HTTPResponse(
                statusCode: status, headers: FlyingFox.HTTPHeaders(headers), body: Data(body))
        }
        let server = HTTPServer(address: try .inet(ip4: "127.0.0.1", port: 0), handler: handler)
        let running = Task { try await server.run() }
        try await server.waitUntilListening()
        guard case .ip4(_, let port)? = await server.listeningAddress else { throw CancellationError() }
        let outcome = try await march(from: "http://127.0.0.1:\(port)\(slash)", port: Int(port))
        running.cancel()
        _ = await running.result
        return Fetched(outcome: outcome, paths: paths.withLock { $0 })
    }

    /// Fetches March 2026 from a base URL, where only that port of loopback is allowed.
    private func march(from baseURL: String, port: Int) async throws -> Result<MonthResult, MonthFailure> {
        let allowed = AllowedHost(host: "127.0.0.1", port: port, allowPrivate: true, allowHTTP: true)
        let client = HTTPClient(policy: HTTPPolicy(allowedHosts: [allowed]), logger: Logger(label: "amion.tests"))
        let vocabulary = try ShiftVocabulary(ShiftType.initial)
        let source = HTMLScheduleSource(client: client, baseURL: baseURL, vocabulary: vocabulary)
        let outcome: Result<MonthResult, MonthFailure>
        do {
            guard case .changed(let result) = try await source.month(months(1)[0], known: nil) else {
                throw MonthFailure(month: months(1)[0], kind: .http, code: "INVALID_RESPONSE", cause: "unchanged")
            }
            outcome = .success(result)
        } catch let failure as MonthFailure {
            outcome = .failure(failure)
        }
        await client.close()
        return outcome
    }

    @Test(arguments: ["", "/"])
    func `a month is one request of its page`(slash: String) async throws {
        let page = MonthPageFixture.page(MonthPageFixture.row())
        let headers: Headers = [.init("ETag"): "\"v1\"", .init("Last-Modified"): "Mon, 02 Mar 2026 00:00:00 GMT"]
        let fetched = try await fetch(.ok, headers: headers, body: Array(page.utf8), slash: slash)
        let result = try fetched.outcome.get()
        #expect(fetched.paths == ["/schedule/2026-03"])
        #expect(result.lines == [exampleLine])
        #expect(result.validators.etag == "\"v1\"")
        #expect(result.validators.lastModified == "Mon, 02 Mar 2026 00:00:00 GMT")
    }

    @Test(arguments: [
        (404, MonthFailure.Kind.http, false, false), (401, .auth, false, false), (403, .auth, false, false),
        (429, .http, true, true), (500, .http, true, false), (503, .http, true, true),
    ])
    func `a refusal says whether another try may help`(
        status: Int, kind: MonthFailure.Kind, isRetriable: Bool, isThrottled: Bool
    ) async throws {
        let code = HTTPStatusCode(status, phrase: "Status")
        let fetched = try await fetch(code, headers: [.init("Retry-After"): "7"])
        let failure = #expect(throws: MonthFailure.self) { try fetched.outcome.get() }
        #expect(fetched.paths.count == 1)
        #expect(failure?.kind == kind)
        #expect(failure?.code == (kind == .auth ? "AUTH_FAILED" : "EXTERNAL_SERVICE_ERROR"))
        #expect(failure?.isRetriable == isRetriable)
        #expect(failure?.isThrottled == isThrottled)
        #expect(failure?.retryAfter == .seconds(7))
    }

    @Test func `a login page with a good status is INVALID_HTML`() async throws {
        let fetched = try await fetch(.ok, body: Array("<form><input name=password></form>".utf8))
        let failure = #expect(throws: MonthFailure.self) { try fetched.outcome.get() }
        #expect(failure?.code == "INVALID_HTML")
        #expect(failure?.isRetriable == false)
    }

    @Test func `the charset of the answer is heeded`() async throws {
        let page = MonthPageFixture.page(MonthPageFixture.row([6: "@"])).utf8.map {
            $0 == UInt8(ascii: "@") ? UInt8(0xC9) : $0
        }
        let headers: Headers = [.contentType: "text/html; charset=ISO-8859-1"]
        let fetched = try await fetch(.ok, headers: headers, body: page)
        #expect(try fetched.outcome.get().rows.map(\.name) == ["É"])
    }

    @Test func `nobody listening is a network failure that may pass`() async throws {
        let outcome = try await march(from: "http://127.0.0.1:1", port: 1)
        let failure = #expect(throws: MonthFailure.self) { try outcome.get() }
        #expect(failure?.kind == .network)
        #expect(failure?.isRetriable == true)
    }

    @Test func `a host that is not allowed is refused and not tried again`() async throws {
        let outcome = try await march(from: "https://www.amion.example", port: 1)
        let failure = #expect(throws: MonthFailure.self) { try outcome.get() }
        #expect(failure?.isRetriable == false)
    }
}
