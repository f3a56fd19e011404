import Foundation
import HTTP
import Logging
import Testing

/// A server, a client that may talk to it, and what most tests do with the two.
struct HTTPFixture {
    /// 100,000 times the letter `a`, gzipped.
    static let gzippedLetters = [UInt8](
        Data(
            base64Encoded:
                """
                H4sIAAAAAAACA+3BMQEAAADCoKzrX8IaHkABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
                AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAArwaH+uIboIYBAA==
                """
        ) ?? Data())

    let server: ScriptedServer
    let client: HTTPClient

    init(
        maxConnectionsPerHost: Int = 5, also allowed: [AllowedHost] = [],
        adjust: (inout HTTPPolicy) -> Void = { _ in }, action: @escaping @Sendable (String) -> ScriptedServer.Action
    ) throws {
        server = try ScriptedServer(action)
        let entry = AllowedHost(host: "127.0.0.1", port: server.port, allowPrivate: true, allowHTTP: true)
        var policy = HTTPPolicy(allowedHosts: [entry] + allowed)
        adjust(&policy)
        client = HTTPClient(
            policy: policy, maxConnectionsPerHost: maxConnectionsPerHost, logger: Logger(label: "http.tests"))
    }

    func get(_ path: String, headers: [(String, String)] = []) async throws(HTTPError) -> HTTPResponse {
        try await client.get(HTTPRequest(url: server.base + path, headers: headers))
    }

    /// Stops both sides.
    func end() async {
        await client.close()
        server.stop()
    }
}

/// Expects a request to fail with a code and returns the error.
@discardableResult
func expectFailure(
    _ code: HTTPError.Code, sourceLocation: SourceLocation = #_sourceLocation,
    _ request: () async throws(HTTPError) -> HTTPResponse
) async -> HTTPError? {
    do {
        let response = try await request()
        Issue.record("answered \(response.status) instead of failing", sourceLocation: sourceLocation)
        return nil
    } catch {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        return error
    }
}
