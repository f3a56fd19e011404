import HTTP
import Logging
import Testing

@Suite(.timeLimit(.minutes(1))) struct HTTPClientTests {
    @Test func `an answer comes with status, headers, body and content type`() async throws {
        let fixture = try HTTPFixture { _ in
            .send(
                answer(
                    "200 OK", ["Content-Type: Text/HTML; charset=\"ISO-8859-1\"", "ETag: \"v1\""], body: [104, 105]))
        }
        let response = try await fixture.get("/page")
        #expect(response.status == 200)
        #expect(response.body == [104, 105])
        #expect(response.headers["etag"] == "\"v1\"")
        #expect(response.contentType == "text/html")
        #expect(response.charset == "iso-8859-1")
        #expect(response.finalURL == fixture.server.base + "/page")
        await fixture.end()
    }

    @Test(arguments: ["404 Not Found", "429 Too Many Requests", "503 Service Unavailable", "304 Not Modified"])
    func `a status that is no success is an answer, not an error`(status: String) async throws {
        let fixture = try HTTPFixture { _ in .send(answer(status, ["Retry-After: 7"])) }
        let response = try await fixture.get("/")
        #expect(status.hasPrefix("\(response.status) "))
        #expect(response.headers["Retry-After"] == "7")
        await fixture.end()
    }

    @Test func `a gzipped body is decompressed`() async throws {
        let fixture = try HTTPFixture { _ in
            .send(answer("200 OK", ["Content-Encoding: gzip"], body: HTTPFixture.gzippedLetters))
        }
        let response = try await fixture.get("/")
        #expect(response.body == Array(repeating: UInt8(ascii: "a"), count: 100_000))
        await fixture.end()
    }

    @Test func `requests one after the other use one connection`() async throws {
        let fixture = try HTTPFixture { _ in .send(answer(body: [1])) }
        for _ in 0..<4 { _ = try await fixture.get("/") }
        #expect(fixture.server.heads.count == 4)
        #expect(fixture.server.acceptedConnections == 1)
        await fixture.end()
    }

    @Test func `requests at the same time share the allowed connections`() async throws {
        let fixture = try HTTPFixture(maxConnectionsPerHost: 2) { _ in .send(answer(body: [1])) }
        try await withThrowingTaskGroup { group in
            for _ in 0..<12 { group.addTask { _ = try await fixture.get("/") } }
            try await group.waitForAll()
        }
        #expect(fixture.server.heads.count == 12)
        #expect(fixture.server.acceptedConnections <= 2)
        await fixture.end()
    }

    @Test func `a cookie is sent back by the same client and by no other`() async throws {
        let fixture = try HTTPFixture { _ in .send(answer("200 OK", ["Set-Cookie: session=abc; Path=/"])) }
        _ = try await fixture.get("/login")
        _ = try await fixture.get("/page")
        let entry = AllowedHost(host: "127.0.0.1", port: fixture.server.port, allowPrivate: true, allowHTTP: true)
        let other = HTTPClient(policy: HTTPPolicy(allowedHosts: [entry]), logger: Logger(label: "http.tests"))
        _ = try await other.get(HTTPRequest(url: fixture.server.base + "/page"))
        #expect(fixture.server.heads.map { $0.contains("Cookie: session=abc") } == [false, true, false])
        await other.close()
        await fixture.end()
    }

    @Test func `the request's own headers are sent`() async throws {
        let fixture = try HTTPFixture { _ in .send(answer()) }
        _ = try await fixture.get("/", headers: [("If-None-Match", "\"v1\""), ("X-Empty", "")])
        #expect(fixture.server.heads[0].contains("If-None-Match: \"v1\"\r\n"))
        #expect(fixture.server.heads[0].contains("X-Empty:\r\n"))
        await fixture.end()
    }

    @Test(arguments: [("X-A", "1\r\nHost: other"), ("X-A\r\nB", "1"), ("", "1"), ("X:", "1")])
    func `a header that would break the request's form is refused`(name: String, value: String) async throws {
        let fixture = try HTTPFixture { _ in .send(answer()) }
        await expectFailure(.invalidHeader) { () throws(HTTPError) in
            try await fixture.get("/", headers: [(name, value)])
        }
        #expect(fixture.server.acceptedConnections == 0)
        await fixture.end()
    }

    @Test func `a client that is closed refuses requests as cancelled`() async throws {
        let fixture = try HTTPFixture { _ in .send(answer()) }
        await fixture.end()
        await fixture.client.close()
        await expectFailure(.cancelled) { () throws(HTTPError) in try await fixture.get("/") }
    }
}
