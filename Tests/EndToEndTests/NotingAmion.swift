import ConcurrencySupport
import FlyingFox
import FlyingSocks
import Foundation

/// An Amion on loopback whose months are empty, and which notes when each was asked for.
final class NotingAmion: Sendable {
    private struct Request {
        let path: String
        let at: ContinuousClock.Instant
    }

    private static let page = """
        <html><body><table><thead><tr><th>Date</th><th>Position</th><th>Start Time</th><th>End Time</th><th>Staff</th></tr>\
        </thead><tbody></tbody></table></body></html>
        """

    /// `127.0.0.1:<port>`.
    let address: String
    private let requests: LockedValue<[Request]>

    private init(address: String, requests: LockedValue<[Request]>) {
        self.address = address
        self.requests = requests
    }

    /// When the requests came, in order.
    var starts: [ContinuousClock.Instant] { requests.withLock { $0.map(\.at).sorted() } }
    /// What was asked for, sorted.
    var paths: [String] { requests.withLock { $0.map(\.path).sorted() } }

    /// Serves while `body` runs.
    static func serving<Result>(_ body: (NotingAmion) async throws -> Result) async throws -> Result {
        let requests = LockedValue<[Request]>([])
        let handler = ClosureHTTPHandler { request in
            requests.withLock { $0.append(Request(path: request.path, at: .now)) }
            return HTTPResponse(statusCode: .ok, headers: [.contentType: "text/html"], body: Data(page.utf8))
        }
        let server = HTTPServer(address: try .inet(ip4: "127.0.0.1", port: 0), handler: handler)
        let running = Task { try await server.run() }
        try await server.waitUntilListening()
        guard case .ip4(let host, let port)? = await server.listeningAddress else { throw CancellationError() }
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(NotingAmion(address: "\(host):\(port)", requests: requests)))
        } catch {
            result = .failure(error)
        }
        running.cancel()
        _ = await running.result
        return try result.get()
    }
}
