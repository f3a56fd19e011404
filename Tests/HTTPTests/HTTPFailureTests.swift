import HTTP
import Testing

@Suite(.timeLimit(.minutes(1))) struct HTTPFailureTests {
    @Test func `a server that never answers is a time-out, not a cancellation`() async throws {
        let fixture = try HTTPFixture(adjust: { $0.totalTimeout = .milliseconds(100) }) { _ in .sendAndHang([]) }
        let error = await expectFailure(.timedOut) { () throws(HTTPError) in try await fixture.get("/") }
        #expect(error?.isRetriable == true)
        await fixture.end()
    }

    @Test func `a body that stops half-way is a time-out`() async throws {
        let fixture = try HTTPFixture(adjust: { $0.totalTimeout = .milliseconds(200) }) { _ in
            .sendAndHang(answer(body: Array(repeating: 1, count: 100)).dropLast(90))
        }
        await expectFailure(.timedOut) { () throws(HTTPError) in try await fixture.get("/") }
        await fixture.end()
    }

    @Test func `a transfer that stands still for the idle time is a time-out`() async throws {
        let fixture = try HTTPFixture(adjust: { $0.idleTimeout = .seconds(1) }) { _ in
            .sendAndHang(answer(body: Array(repeating: 1, count: 100)).dropLast(90))
        }
        await expectFailure(.timedOut) { () throws(HTTPError) in try await fixture.get("/") }
        await fixture.end()
    }

    @Test func `a header that does not come to its end is a time-out of its own`() async throws {
        let fixture = try HTTPFixture(adjust: { $0.headerTimeout = .milliseconds(100) }) { _ in
            .sendAndHang(Array("HTTP/1.1 200 OK\r\nX-Slow: 1\r\n".utf8))
        }
        let error = await expectFailure(.timedOut) { () throws(HTTPError) in try await fixture.get("/") }
        #expect(error?.message == "no complete header came within 0.1 seconds")
        await fixture.end()
    }

    @Test func `a body that ends too early is a reset`() async throws {
        let fixture = try HTTPFixture { _ in .sendAndClose(answer(body: [1, 2, 3, 4]).dropLast(2)) }
        let error = await expectFailure(.connectionReset) { () throws(HTTPError) in try await fixture.get("/") }
        #expect(error?.isRetriable == true)
        await fixture.end()
    }

    @Test(arguments: [ScriptedServer.Action.reset, .sendAndClose([])])
    func `a connection that ends without an answer is a reset`(action: ScriptedServer.Action) async throws {
        let fixture = try HTTPFixture { _ in action }
        await expectFailure(.connectionReset) { () throws(HTTPError) in try await fixture.get("/") }
        await fixture.end()
    }

    @Test func `a port where nothing listens is a failed connection`() async throws {
        let fixture = try HTTPFixture { _ in .reset }
        fixture.server.stop()
        let error = await expectFailure(.connectFailed) { () throws(HTTPError) in try await fixture.get("/") }
        #expect(error?.isRetriable == true)
        await fixture.end()
    }

    @Test func `an answer that is no HTTP is a protocol error`() async throws {
        let fixture = try HTTPFixture { _ in .sendAndClose(Array("hello\r\n".utf8)) }
        let error = await expectFailure(.protocolError) { () throws(HTTPError) in try await fixture.get("/") }
        #expect(error?.isRetriable == false)
        await fixture.end()
    }

    @Test func `a server that speaks no TLS fails an https request`() async throws {
        let fixture = try HTTPFixture { _ in .sendAndClose(answer("400 Bad Request")) }
        let url = "https://127.0.0.1:\(fixture.server.port)/"
        await expectFailure(.tlsFailed) { () throws(HTTPError) in try await fixture.client.get(HTTPRequest(url: url)) }
        await fixture.end()
    }

    @Test func `a body over the limit is refused, one at the limit is not`() async throws {
        let fixture = try HTTPFixture(adjust: { $0.maxBodyBytes = 1000 }) { path in
            .sendAndClose(
                Array("HTTP/1.1 200 OK\r\n\r\n".utf8) + Array(repeating: 7, count: path == "/more" ? 1001 : 1000))
        }
        #expect(try await fixture.get("/").body.count == 1000)
        let error = await expectFailure(.bodyTooLarge) { () throws(HTTPError) in try await fixture.get("/more") }
        #expect(error?.isRetriable == false)
        await fixture.end()
    }

    @Test func `a small gzipped body that decompresses over the limit is refused`() async throws {
        let fixture = try HTTPFixture(adjust: { $0.maxBodyBytes = 99_999 }) { _ in
            .send(answer("200 OK", ["Content-Encoding: gzip"], body: HTTPFixture.gzippedLetters))
        }
        await expectFailure(.bodyTooLarge) { () throws(HTTPError) in try await fixture.get("/") }
        await fixture.end()
    }

    @Test func `a length announced over the limit is refused before the body comes`() async throws {
        let fixture = try HTTPFixture(adjust: { $0.maxBodyBytes = 1000 }) { _ in
            .sendAndHang(Array("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n".utf8))
        }
        await expectFailure(.bodyTooLarge) { () throws(HTTPError) in try await fixture.get("/") }
        await fixture.end()
    }

    @Test func `a header without end is refused`() async throws {
        let line = Array("X-Filler: \(String(repeating: "x", count: 1000))\r\n".utf8)
        let fixture = try HTTPFixture { _ in
            .sendAndHang(
                Array("HTTP/1.1 200 OK\r\n".utf8) + (0..<400).flatMap { _ in line })
        }
        await expectFailure(.protocolError) { () throws(HTTPError) in try await fixture.get("/") }
        await fixture.end()
    }

    @Test func `the client works on after a failure`() async throws {
        let fixture = try HTTPFixture { $0 == "/bad" ? .reset : .send(answer(body: [5])) }
        await expectFailure(.connectionReset) { () throws(HTTPError) in try await fixture.get("/bad") }
        #expect(try await fixture.get("/good").body == [5])
        await fixture.end()
    }
}
