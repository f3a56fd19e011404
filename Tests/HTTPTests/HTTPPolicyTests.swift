import Glibc
import HTTP
import Logging
import Testing

@Suite(.timeLimit(.minutes(1))) struct HTTPPolicyTests {
    private static func client(_ hosts: [AllowedHost]) -> HTTPClient {
        HTTPClient(policy: HTTPPolicy(allowedHosts: hosts), logger: Logger(label: "http.tests"))
    }

    @Test func `a host, a port or a scheme that is not allowed is refused before anything is sent`() async throws {
        let server = try ScriptedServer { _ in .send(answer()) }
        let client = Self.client([AllowedHost(host: "127.0.0.1", port: server.port, allowPrivate: true)])
        for url in [
            "https://localhost:\(server.port)/", "https://127.0.0.1/", "http://127.0.0.1:\(server.port)/",
            "https://127.0.0.1.:\(server.port)/",
        ] {
            await expectFailure(.hostNotAllowed) { () throws(HTTPError) in try await client.get(HTTPRequest(url: url)) }
        }
        #expect(server.acceptedConnections == 0)
        await client.close()
        server.stop()
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func `a private address is refused unless its host allows it`(host: String) async throws {
        let server = try ScriptedServer { _ in .send(answer()) }
        let client = Self.client([AllowedHost(host: host, port: server.port, allowHTTP: true)])
        let url = "http://\(host):\(server.port)/"
        let error = await expectFailure(.addressRefused) { () throws(HTTPError) in
            try await client.get(HTTPRequest(url: url))
        }
        #expect(error?.isRetriable == false)
        #expect(server.acceptedConnections == 0)
        await client.close()
        server.stop()
    }

    @Test(arguments: ["2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"])
    func `another spelling of a private address is refused as well`(host: String) async throws {
        let spelled = ["127.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]"]
        let client = Self.client(spelled.map { AllowedHost(host: $0, port: 1, allowHTTP: true) })
        await expectFailure(.addressRefused) { () throws(HTTPError) in
            try await client.get(HTTPRequest(url: "http://\(host):1/"))
        }
        await client.close()
    }

    @Test(arguments: [
        "https://user@127.0.0.1/", "https://user:secret@127.0.0.1/", "ftp://127.0.0.1/", "file:///etc/passwd",
        "127.0.0.1/page", "/page", "", "https://", "https://127.0.0.1:99999/", "https://127.0.0.1/a b",
        "https://127.0.0.1/\r\nX: y", "https://127.0.0.1/\u{0}",
    ])
    func `user-info, another scheme or no URL is an invalid URL`(url: String) async throws {
        let client = Self.client([AllowedHost(host: "127.0.0.1", allowPrivate: true)])
        let error = await expectFailure(.invalidURL) { () throws(HTTPError) in
            try await client.get(HTTPRequest(url: url))
        }
        #expect(error.map { "\($0)" }?.contains("secret") == false)
        await client.close()
    }

    @Test func `secrets do not stand in an error`() async throws {
        let fixture = try HTTPFixture { _ in .reset }
        let error = try #require(
            await expectFailure(.connectionReset) { () throws(HTTPError) in
                try await fixture.get("/ocs?Lo=hunter2&Rpt=625c&TOKEN=hunter2")
            })
        #expect(!"\(error)".contains("hunter2"))
        #expect(error.url.hasSuffix("/ocs?Lo=***&Rpt=625c&TOKEN=***"))
        await fixture.end()
    }

    @Test func `secrets do not stand in the final URL`() async throws {
        let fixture = try HTTPFixture { _ in .send(answer()) }
        #expect(try await fixture.get("/ocs?Login=hunter2").finalURL.hasSuffix("/ocs?Login=***"))
        #expect(fixture.server.heads[0].hasPrefix("GET /ocs?Login=hunter2 HTTP/1.1"))
        await fixture.end()
    }

    @Test func `a proxy of the environment is not used`() async {
        await #expect(processExitsWith: .success) {
            setenv("http_proxy", "http://127.0.0.1:1", 1)
            setenv("ALL_PROXY", "http://127.0.0.1:1", 1)
            let fixture = try HTTPFixture { _ in .send(answer(body: [9])) }
            guard try await fixture.get("/").body == [9] else { exit(1) }
        }
    }
}
