import FlyingFox
import FlyingSocks
import Foundation

/// Serves the answers over HTTP, late, slowly or not at all as the options say.
actor StandinServer {
    private let options: StandinOptions
    private let answers: StandinAnswers
    private let server: HTTPServer
    private var requestCount = 0

    init(options: StandinOptions, address: LoopbackAddress) throws {
        self.options = options
        answers = StandinAnswers(options)
        server = HTTPServer(
            address: try .inet(ip4: address.host, port: address.port), timeout: 120, logger: .disabled)
    }

    /// Serves until the task is cancelled or ``stop()`` is called.
    ///
    /// - Parameter listening: Told the base URL as soon as requests are taken.
    /// - Throws: When the address cannot be listened on.
    func run(listening: @Sendable (String) -> Void) async throws {
        await server.appendRoute("*") { [weak self] request in
            await self?.respond(to: request) ?? HTTPResponse(statusCode: .serviceUnavailable)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [server] in try await server.run() }
            group.addTask { [server] in try await server.waitUntilListening() }
            try await group.next()  // the end of the wait, or why listening failed
            if case .ip4(let host, let port)? = await server.listeningAddress { listening("http://\(host):\(port)") }
            try await group.waitForAll()
        }
    }

    /// Ends the server; answers under way get a second.
    func stop() async { await server.stop(timeout: 1) }

    private func respond(to request: HTTPRequest) async -> HTTPResponse {
        requestCount += 1
        var generator = SeededGenerator(seed: options.seed, requestCount)
        let chance = Double.random(in: 0..<1, using: &generator)
        try? await Task.sleep(for: .milliseconds(options.latency))  // ends early only when the server stops
        if chance < options.failRate { return HTTPResponse(statusCode: .serviceUnavailable) }
        if chance < options.failRate + options.tooManyRate {
            let headers: HTTPHeaders = [HTTPHeader("Retry-After"): "\(options.retryAfter)"]
            return HTTPResponse(statusCode: .tooManyRequests, headers: headers)
        }
        guard request.method == .GET else { return HTTPResponse(statusCode: .methodNotAllowed) }
        return response(answers.answer(path: request.path) { request.query[$0] }, to: request)
    }

    private func response(_ answer: StandinAnswers.Answer, to request: HTTPRequest) -> HTTPResponse {
        let tag = "\"\(Self.digest(answer.body))\""
        let status = HTTPStatusCode(answer.status, phrase: answer.status == 200 ? "OK" : "Not Found")
        let headers: HTTPHeaders = [.contentType: answer.contentType, .eTag: tag]
        if answer.status == 200, request.headers[.ifNoneMatch] == tag {
            return HTTPResponse(
                statusCode: HTTPStatusCode(304, phrase: "Not Modified"), headers: HTTPHeaders([.eTag: tag]))
        }
        guard options.slowBody, !answer.body.isEmpty else {
            return HTTPResponse(statusCode: status, headers: headers, body: answer.body)
        }
        let body = HTTPBodySequence(from: SlowBytes(bytes: Array(answer.body)), count: answer.body.count)
        return HTTPResponse(statusCode: status, headers: headers, body: body)
    }

    /// FNV-1a: enough to tell two pages apart.
    private static func digest(_ data: Data) -> String {
        let hash = data.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        return String(hash, radix: 16)
    }
}
