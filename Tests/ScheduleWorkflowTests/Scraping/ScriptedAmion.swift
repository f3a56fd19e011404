import ConcurrencySupport
import FlyingFox
import FlyingSocks
import Foundation
import ScheduleModel

/// A server of month pages on loopback that does what a test says, and remembers what it was asked.
final class ScriptedAmion: Sendable {
    /// What a month answers.
    enum Page: Sendable {
        /// A page with those rows, and an entity tag made of them; the tag given back is 304.
        case rows([String])
        /// The same without a tag.
        case untagged([String])
        /// A login page with status 200.
        case login
        /// A status and nothing else.
        case status(Int)
    }

    /// A request: its month, and whether it was asked on condition.
    struct Request: Sendable, Hashable, CustomStringConvertible {
        let month: String
        let isConditional: Bool
        var description: String { month + (isConditional ? "?" : "") }
    }

    private let server: HTTPServer
    private let pages = LockedValue<[String: Page]>([:])
    private let asked = LockedValue<[Request]>([])
    private let running: Task<Void, Never>
    /// Where it listens.
    let port: Int
    /// Called with the month of each request before it is answered.
    let onRequest = LockedValue<(@Sendable (String) async -> Void)?>(nil)

    /// Starts a server whose every month is status 404.
    init() async throws {
        let relay = LockedValue<(@Sendable (FlyingFox.HTTPRequest) async -> FlyingFox.HTTPResponse)?>(nil)
        let server = HTTPServer(
            address: try .inet(ip4: "127.0.0.1", port: 0),
            handler: ClosureHTTPHandler { request in
                await relay.withLock { $0 }?(request) ?? FlyingFox.HTTPResponse(statusCode: .serviceUnavailable)
            })
        self.server = server
        running = Task { try? await server.run() }
        try await server.waitUntilListening()
        guard case .ip4(_, let port)? = await server.listeningAddress else { throw CancellationError() }
        self.port = Int(port)
        relay.withLock { $0 = { [unowned self] in await self.answer($0) } }
    }

    deinit { running.cancel() }

    /// The base URL.
    var baseURL: String { "http://127.0.0.1:\(port)" }

    /// Sets what a month answers from now on.
    func set(_ month: String, _ page: Page) { pages.withLock { $0[month] = page } }

    /// The requests since the last call, in the order of their months.
    func takeRequests() -> [Request] {
        asked.withLock { requests in
            defer { requests = [] }
            return requests.sorted { $0.month < $1.month }
        }
    }

    /// Ends the server; requests under way get no answer.
    func stop() async { await server.stop(timeout: 0) }

    private func answer(_ request: FlyingFox.HTTPRequest) async -> FlyingFox.HTTPResponse {
        let month = String(request.path.split(separator: "/").last ?? "")
        let given = request.headers[.ifNoneMatch]
        asked.withLock { $0.append(Request(month: month, isConditional: given != nil)) }
        await onRequest.withLock { $0 }?(month)
        switch pages.withLock({ $0[month] }) ?? .status(404) {
        case .rows(let rows):
            let tag = "\"\(SHA256.hex(Array(rows.joined(separator: "\n").utf8)).prefix(16))\""
            if given == tag { return response(304, tag: tag, "") }
            return response(200, tag: tag, Self.page(rows))
        case .untagged(let rows): return response(200, Self.page(rows))
        case .login: return response(200, "<html><form>Login <input name=password></form></html>")
        case .status(let status): return response(status, "")
        }
    }

    private func response(_ status: Int, tag: String? = nil, _ body: String) -> FlyingFox.HTTPResponse {
        var headers: HTTPHeaders = [.contentType: "text/html; charset=utf-8"]
        if let tag { headers[.eTag] = tag }
        return FlyingFox.HTTPResponse(
            statusCode: HTTPStatusCode(status, phrase: "Status"), headers: headers, body: Data(body.utf8))
    }

    private static func page(_ rows: [String]) -> String {
        let cells = rows.map { row in
            let cells = row.split(separator: "|", omittingEmptySubsequences: false).map { "<td>\($0)</td>" }
            return "<tr>\(cells.joined())</tr>"
        }
        return """
            <html><body><table><thead><tr><th>Date</th><th>Position</th><th>Start Time</th><th>End Time</th><th>Staff</th></tr>\
            </thead><tbody>\(cells.joined())</tbody></table></body></html>
            """
    }
}
