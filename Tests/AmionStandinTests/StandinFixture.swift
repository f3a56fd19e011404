import ArgumentParser
import Foundation
import HTTP
import Logging
import Testing

@testable import AmionStandin

/// A stand-in that runs in this process, and a client that may talk to it.
struct StandinFixture {
    let base: String
    let client: HTTPClient
    private let server: Task<Void, any Error>

    /// Starts a stand-in as the command would.
    ///
    /// - Parameters:
    ///   - arguments: The command's options; without them it answers at once.
    ///   - adjust: Changes the client's policy.
    /// - Throws: When an option is wrong or the server does not start.
    init(_ arguments: [String] = [], adjust: (inout HTTPPolicy) -> Void = { _ in }) async throws {
        let server = try StandinServer(
            options: StandinOptions.parse(["--latency", "0"] + arguments), address: .anyPort)
        let (bases, listening) = AsyncStream.makeStream(of: String.self)
        self.server = Task {
            defer { listening.finish() }
            try await server.run { listening.yield($0) }
        }
        base = try #require(await bases.first { _ in true })
        let port = try #require(base.split(separator: ":").last.flatMap { Int($0) })
        var policy = HTTPPolicy(
            allowedHosts: [AllowedHost(host: "127.0.0.1", port: port, allowPrivate: true, allowHTTP: true)])
        adjust(&policy)
        client = HTTPClient(policy: policy, logger: Logger(label: "standin.tests"))
    }

    func get(_ path: String, headers: [(String, String)] = []) async throws(HTTPError) -> HTTPResponse {
        try await client.get(HTTPRequest(url: base + path, headers: headers))
    }

    /// A page as text.
    func page(_ month: String = "2026-03") async throws -> String {
        let response = try await get("/schedule/\(month)")
        #expect(response.status == 200)
        return String(decoding: response.body, as: UTF8.self)
    }

    /// Stops both sides.
    func end() async {
        await client.close()
        server.cancel()
        _ = await server.result
    }
}
