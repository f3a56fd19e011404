import Dispatch
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(1))) struct HTTPStreamingTests {
    private struct Stop: Error {}

    private static func collect(_ body: HTTPBody) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in body { bytes += piece }
        return bytes
    }

    @Test func `the head and each piece come before the server has sent the rest`() async throws {
        let next = DispatchSemaphore(value: 0)
        let fixture = try HTTPFixture { _ in
            .script { send in
                _ = send(
                    Array("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: text/csv; charset=x\r\n\r\n".utf8))
                for byte: UInt8 in 1...4 {
                    next.wait()
                    _ = send([byte])
                }
            }
        }
        let read = try await fixture.client.get(HTTPRequest(url: fixture.server.base + "/a?Lo=x")) { head, body in
            #expect(head.status == 200)
            #expect(head.contentType == "text/csv")
            #expect(head.charset == "x")
            #expect(head.httpVersion == "1.1")
            #expect(head.finalURL == fixture.server.base + "/a?Lo=***")
            next.signal()  // so the head came before any of the body was sent
            var pieces: [[UInt8]] = []
            for try await piece in body {
                pieces.append(piece)
                next.signal()
            }
            return pieces
        }
        #expect(read == [[1], [2], [3], [4]])
        await fixture.end()
    }

    @Test func `a reader that is behind stops the transfer, and loses nothing`() async throws {
        let size = 8 * 1024 * 1024
        let fixture = try HTTPFixture(adjust: { $0.maxBodyBytes = size }) { path in
            path == "/other"
                ? .send(answer()) : .send(answer(body: (0..<size).map { UInt8(truncatingIfNeeded: $0 >> 8) }))
        }
        try await fixture.client.get(HTTPRequest(url: fixture.server.base + "/")) { _, body in
            while body.transfer.stream.unreadCount < AnswerStream.highWater { await Task.yield() }
            // The same thread does these as well, so it could have read megabytes of the body meanwhile.
            for _ in 0..<50 { _ = try await fixture.get("/other") }
            var iterator = body.makeAsyncIterator()
            var count = 0
            while let piece = try await iterator.next() {
                #expect(piece.count <= AnswerStream.highWater + 64 * 1024)
                #expect(piece.first == UInt8(truncatingIfNeeded: count >> 8))
                count += piece.count
            }
            #expect(count == size)
        }
        await fixture.end()
    }

    @Test func `a transfer that stands still for its reader is not idle`() {
        let start = ContinuousClock.now
        var clock = TransferClock(header: .seconds(30), idle: .seconds(5), startedAt: start)
        clock.headerIsComplete()
        clock.stop()
        #expect(clock.verdict(at: start + .seconds(100)) == nil)
        #expect(clock.deadline == nil)
        clock.note(progressAt: start + .seconds(100))
        #expect(clock.verdict(at: start + .seconds(104)) == nil)
        #expect(clock.verdict(at: start + .seconds(105)) == "nothing came for 5.0 seconds")
    }

    @Test func `leaving the closure ends the transfer and frees its place`() async throws {
        let fixture = try HTTPFixture(maxConnectionsPerHost: 1) { path in
            guard path == "/endless" else { return .send(answer(body: [3])) }
            return .script { send in
                var goesOn = send(Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
                while goesOn { goesOn = send(Array(repeating: 1, count: 1000)) }
            }
        }
        let endless = HTTPRequest(url: fixture.server.base + "/endless")
        let first = try await fixture.client.get(endless) { _, body in
            for try await piece in body { return piece.first }
            return nil
        }
        #expect(first == 1)
        #expect(try await fixture.get("/next").body == [3])
        await fixture.end()
    }

    @Test func `an error of the closure comes out, and the client goes on`() async throws {
        let fixture = try HTTPFixture(maxConnectionsPerHost: 1) { path in
            path == "/hangs"
                ? .sendAndHang(Array("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1".utf8)) : .send(answer(body: [3]))
        }
        await #expect(throws: Stop.self) {
            try await fixture.client.get(HTTPRequest(url: fixture.server.base + "/hangs")) { _, _ in throw Stop() }
        }
        #expect(try await fixture.get("/next").body == [3])
        await fixture.end()
    }

    @Test func `a body that is kept after the closure is over`() async throws {
        let fixture = try HTTPFixture { _ in .sendAndHang(answer(body: [1, 2]).dropLast()) }
        let kept = try await fixture.client.get(HTTPRequest(url: fixture.server.base + "/")) { _, body in body }
        await expectFailure(.cancelled) { () throws(HTTPError) in
            var iterator = kept.makeAsyncIterator()
            _ = try await iterator.next()
            return HTTPResponse(status: 200)
        }
        await fixture.end()
    }

    @Test func `cancelling the task ends a wait for more of the body`() async throws {
        let fixture = try HTTPFixture { _ in .sendAndHang(answer(body: [1, 2]).dropLast()) }
        let (arrived, arrival) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            await expectFailure(.cancelled) { () throws(HTTPError) in
                do {
                    try await fixture.client.get(HTTPRequest(url: fixture.server.base + "/")) { _, body in
                        for try await _ in body { arrival.yield() }
                    }
                } catch let error as HTTPError { throw error } catch { Issue.record(error) }
                return HTTPResponse(status: 200)
            }
        }
        for await _ in arrived { break }
        task.cancel()
        _ = await task.value
        await fixture.end()
    }

    @Test func `what came before a reset is handed over before the error`() async throws {
        let fixture = try HTTPFixture { _ in .sendAndReset(answer(body: [1, 2, 3, 4]).dropLast()) }
        let request = HTTPRequest(url: fixture.server.base + "/")
        let read = try await fixture.client.get(request) { _, body in
            var bytes: [UInt8] = []
            var iterator = body.makeAsyncIterator()
            await expectFailure(.connectionReset) { () throws(HTTPError) in
                while let piece = try await iterator.next() { bytes += piece }
                return HTTPResponse(status: 200)
            }
            return bytes
        }
        #expect(read == [1, 2, 3])
        await fixture.end()
    }

    @Test func `a redirect is followed and never handed over`() async throws {
        let fixture = try HTTPFixture { path in
            path == "/old"
                ? .send(answer("302 Found", ["Location: /new"], body: [9, 9])) : .send(answer(body: [1]))
        }
        let body = try await fixture.client.get(HTTPRequest(url: fixture.server.base + "/old")) { head, body in
            #expect(head.status == 200)
            #expect(head.finalURL == fixture.server.base + "/new")
            return try await Self.collect(body)
        }
        #expect(body == [1])
        #expect(fixture.server.acceptedConnections == 1)
        await fixture.end()
    }

    @Test func `an unchanged document is an answer without a body`() async throws {
        let fixture = try HTTPFixture { _ in .send(Array("HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n".utf8)) }
        let request = HTTPRequest(url: fixture.server.base + "/", headers: [("If-None-Match", "\"v1\"")])
        try await fixture.client.get(request) { head, body in
            #expect(head.status == 304)
            #expect(head.headers["etag"] == "\"v1\"")
            let bytes = try await Self.collect(body)
            #expect(bytes.isEmpty)
        }
        await fixture.end()
    }

    @Test func `interim answers and trailers are no part of the head`() async throws {
        let fixture = try HTTPFixture { _ in
            .send(
                Array(
                    """
                    HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                    1\r\nA\r\n0\r\nX-Late: 1\r\n\r\n
                    """.utf8))
        }
        try await fixture.client.get(HTTPRequest(url: fixture.server.base + "/")) { head, body in
            #expect(head.status == 200)
            let bytes = try await Self.collect(body)
            #expect(bytes == [65])
            #expect(head.headers["Link"] == nil && head.headers["X-Late"] == nil)
        }
        await fixture.end()
    }
}
