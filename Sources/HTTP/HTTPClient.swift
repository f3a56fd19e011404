package import Logging

/// Fetches documents from the few servers its policy allows.
///
/// Connections and cookies are kept for as long as the client lives, so one client serves one batch. The address that
/// was checked is the one connected to, every redirect is checked as a new request, and no proxy is taken from the
/// environment.
package final class HTTPClient: Sendable {
    /// What crosses to another origin in a redirect; anything else may be a credential.
    private static let harmlessHeaders: Set<String> = ["accept", "accept-language", "user-agent"]
    private static let redirectStatuses: Set<Int> = [301, 302, 303, 307, 308]

    private let policy: HTTPPolicy
    private let logger: Logger
    private let loop: TransferLoop

    /// Makes a client and starts its thread; nothing is connected yet.
    ///
    /// - Parameters:
    ///   - policy: What may be reached, and the limits.
    ///   - maxConnectionsPerHost: The most requests in flight to one host and port, at least 1; more wait their turn.
    ///   - logger: Gets one debug line a request, with the redacted URL.
    package init(policy: HTTPPolicy, maxConnectionsPerHost: Int = 5, logger: Logger) {
        self.policy = policy
        self.logger = logger
        loop = TransferLoop(maxConnectionsPerHost: maxConnectionsPerHost)
    }

    deinit { loop.closeSoon() }

    /// Fetches one document.
    ///
    /// Cancelling the task ends the request at once.
    ///
    /// - Parameter request: What to fetch.
    /// - Returns: The answer after redirects, whatever its status.
    /// - Throws: ``HTTPError``. The client stays usable after every code.
    package func get(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        do {
            let response = try await follow(request)
            logger.debug(
                "fetched",
                metadata: [
                    "url": "\(response.finalURL)", "status": "\(response.status)",
                    "bytes": "\(response.body.count)",
                ])
            return response
        } catch {
            logger.debug("not fetched", metadata: ["url": "\(error.url)", "error": "\(error.code)"])
            throw error
        }
    }

    /// Cancels what runs, closes every connection and forgets the cookies.
    ///
    /// Requests made later are refused as cancelled.
    package func close() async { await loop.close() }

    private func follow(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        var url = try RequestURL(request.url)
        var headers = request.headers
        var redirects = 0
        let deadline = ContinuousClock.now + policy.totalTimeout
        while true {
            let entry = try policy.entry(for: url)
            let answer = try await loop.perform(
                TransferRequest(
                    url: url, headers: headers, allowPrivate: entry.allowPrivate,
                    totalTimeout: redirects == 0 ? policy.totalTimeout : deadline - ContinuousClock.now,
                    connectTimeout: policy.connectTimeout, idleTimeout: policy.idleTimeout,
                    maxBodyBytes: policy.maxBodyBytes))
            guard Self.redirectStatuses.contains(answer.status), let location = answer.headers["Location"] else {
                return HTTPResponse(
                    status: answer.status, headers: answer.headers, body: answer.body, finalURL: url.redacted)
            }
            guard redirects < policy.maxRedirects else {
                throw HTTPError(
                    .tooManyRedirects, url: url.redacted, message: "more than \(policy.maxRedirects) redirects")
            }
            redirects += 1
            let target = try url.resolving(location)
            if target.origin != url.origin {
                headers = headers.filter { Self.harmlessHeaders.contains($0.0.lowercased()) }
            }
            url = target
        }
    }
}
