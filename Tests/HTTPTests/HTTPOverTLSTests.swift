import HTTP
import Logging
import Testing

@Suite(.timeLimit(.minutes(1))) struct HTTPOverTLSTests {
    /// A TLS server before a scripted one, and a client that trusts its certificate.
    private struct Fixture {
        let server: ScriptedServer
        let front: TLSFront
        let client: HTTPClient

        init(
            offering protocols: [String], trusted: Bool = true,
            _ action: @escaping @Sendable (String) -> ScriptedServer.Action
        ) throws {
            server = try ScriptedServer(action)
            let front = try TLSFront(to: server.port, offering: protocols)
            self.front = front
            let hosts = ["localhost", "127.0.0.1"].map { AllowedHost(host: $0, port: front.port, allowPrivate: true) }
            let policy = HTTPPolicy(
                allowedHosts: hosts, trustedCertificatesFile: trusted ? front.certificateFile : nil)
            client = HTTPClient(policy: policy, logger: Logger(label: "http.tests"))
        }

        func url(host: String = "localhost") -> String { "https://\(host):\(front.port)/" }

        func end() async {
            await client.close()
            front.stop()
            server.stop()
        }
    }

    @Test func `HTTP2 is spoken where the server offers it, over one connection`() async throws {
        let fixture = try Fixture(offering: ["h2", "http/1.1"]) { _ in
            .script { HTTP2Answers.serve($0, body: [1, 2, 3]) }
        }
        for _ in 0..<3 {
            try await fixture.client.get(HTTPRequest(url: fixture.url())) { head, body in
                #expect(head.status == 200)
                #expect(head.httpVersion == "2")
                var bytes: [UInt8] = []
                for try await piece in body { bytes += piece }
                #expect(bytes == [1, 2, 3])
            }
        }
        #expect(fixture.server.acceptedConnections == 1)
        await fixture.end()
    }

    @Test func `a server that offers HTTP1 only is spoken to in that, over one connection`() async throws {
        let fixture = try Fixture(offering: ["http/1.1"]) { _ in .send(answer(body: [7])) }
        for _ in 0..<3 {
            try await fixture.client.get(HTTPRequest(url: fixture.url())) { head, body in
                #expect(head.httpVersion == "1.1")
                for try await piece in body { #expect(piece == [7]) }
            }
        }
        #expect(fixture.server.acceptedConnections == 1)
        await fixture.end()
    }

    @Test func `a certificate for another host is refused before anything is sent`() async throws {
        let fixture = try Fixture(offering: ["http/1.1"]) { _ in .send(answer()) }
        let error = await expectFailure(.tlsFailed) { () throws(HTTPError) in
            try await fixture.client.get(HTTPRequest(url: fixture.url(host: "127.0.0.1")))
        }
        #expect(error?.isRetriable == false)
        #expect(fixture.server.heads.isEmpty)
        await fixture.end()
    }

    @Test func `a certificate that nobody trusted vouches for is refused`() async throws {
        let fixture = try Fixture(offering: ["http/1.1"], trusted: false) { _ in .send(answer()) }
        await expectFailure(.tlsFailed) { () throws(HTTPError) in
            try await fixture.client.get(HTTPRequest(url: fixture.url()))
        }
        #expect(fixture.server.heads.isEmpty)
        await fixture.end()
    }
}
