import HTTP
import Testing

@Suite(.timeLimit(.minutes(1))) struct HTTPRedirectTests {
    private static func redirect(to location: String, _ status: String = "302 Found") -> ScriptedServer.Action {
        .send(answer(status, ["Location: \(location)"]))
    }

    @Test(arguments: ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
    func `a redirect is followed with the query it names`(status: String) async throws {
        let fixture = try HTTPFixture { path in
            path == "/old" ? Self.redirect(to: "new?a=1", status) : .send(answer(body: Array(path.utf8)))
        }
        let response = try await fixture.get("/old")
        #expect(String(decoding: response.body, as: UTF8.self) == "/new?a=1")
        #expect(response.finalURL == fixture.server.base + "/new?a=1")
        await fixture.end()
    }

    @Test func `three redirects are followed, four are not`() async throws {
        let fixture = try HTTPFixture { path in
            let step = Int(path.dropFirst()) ?? 0
            return step == 0 ? .send(answer(body: [1])) : Self.redirect(to: "/\(step - 1)")
        }
        #expect(try await fixture.get("/3").body == [1])
        await expectFailure(.tooManyRedirects) { () throws(HTTPError) in try await fixture.get("/4") }
        await fixture.end()
    }

    @Test func `a redirect to itself ends`() async throws {
        let fixture = try HTTPFixture { _ in Self.redirect(to: "/") }
        await expectFailure(.tooManyRedirects) { () throws(HTTPError) in try await fixture.get("/") }
        #expect(fixture.server.heads.count == 4)
        await fixture.end()
    }

    @Test(arguments: [
        ("https://example.invalid/", HTTPError.Code.hostNotAllowed), ("//example.invalid/", .hostNotAllowed),
        ("file:///etc/passwd", .invalidURL), ("ftp://127.0.0.1/", .invalidURL), ("http://u:p@127.0.0.1/", .invalidURL),
        ("http://[::1/", .invalidURL),
    ])
    func `a redirect to where the policy does not let it is refused`(
        location: String, code: HTTPError.Code
    ) async throws {
        let fixture = try HTTPFixture { _ in Self.redirect(to: location) }
        await expectFailure(code) { () throws(HTTPError) in try await fixture.get("/") }
        #expect(fixture.server.heads.count == 1)
        await fixture.end()
    }

    @Test func `a redirect to a private address is refused`() async throws {
        let other = try ScriptedServer { _ in .send(answer()) }
        let entry = AllowedHost(host: "localhost", port: other.port, allowHTTP: true)
        let target = "http://localhost:\(other.port)/"
        let fixture = try HTTPFixture(also: [entry]) { _ in Self.redirect(to: target) }
        await expectFailure(.addressRefused) { () throws(HTTPError) in try await fixture.get("/") }
        #expect(other.acceptedConnections == 0)
        await fixture.end()
        other.stop()
    }

    @Test func `credentials stay behind when a redirect leads to another origin`() async throws {
        let other = try ScriptedServer { _ in .send(answer()) }
        let entry = AllowedHost(host: "127.0.0.1", port: other.port, allowPrivate: true, allowHTTP: true)
        let target = other.base + "/"
        let fixture = try HTTPFixture(also: [entry]) { path in
            Self.redirect(to: path == "/1" ? "/2" : target)
        }
        _ = try await fixture.get(
            "/1", headers: [("Authorization", "Basic x"), ("X-Key", "x"), ("Accept-Language", "en")])
        #expect(fixture.server.heads.map { $0.contains("Authorization: Basic x") } == [true, true])
        #expect(other.heads.count == 1)
        #expect(other.heads.first?.contains("Authorization") == false)
        #expect(other.heads.first?.contains("X-Key") == false)
        #expect(other.heads.first?.contains("Accept-Language: en") == true)
        await fixture.end()
        other.stop()
    }

    @Test func `a redirect without a target is an answer`() async throws {
        let fixture = try HTTPFixture { _ in .send(answer("302 Found")) }
        #expect(try await fixture.get("/").status == 302)
        await fixture.end()
    }
}
