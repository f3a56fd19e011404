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

    /// A redirect's own text is read up to here, so that its connection can be used again.
    private static let maxDrainedBytes = 64 * 1024

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
        let (head, transfer) = try await open(request)
        defer { transfer.end() }
        var body: [UInt8] = []
        while let piece = try await transfer.next() {
            if body.isEmpty { body = piece } else { body += piece }
        }
        return HTTPResponse(status: head.status, headers: head.headers, body: body, finalURL: head.finalURL)
    }

    /// Cancels what runs, closes every connection and forgets the cookies.
    ///
    /// Requests made later are refused as cancelled.
    package func close() async { await loop.close() }

    /// Asks for a document and waits for the head of its answer, after redirects.
    ///
    /// - Parameter request: What to fetch.
    /// - Returns: The head, and the transfer that still holds the body; the caller ends it.
    /// - Throws: ``HTTPError``; then nothing is left to end.
    func open(_ request: HTTPRequest) async throws(HTTPError) -> (head: HTTPResponseHead, transfer: OpenTransfer) {
        do {
            let (head, transfer) = try await follow(request)
            logger.debug(
                "answered",
                metadata: ["url": "\(head.finalURL)", "status": "\(head.status)", "http": "\(head.httpVersion)"])
            return (head, transfer)
        } catch {
            logger.debug("not answered", metadata: ["url": "\(error.url)", "error": "\(error.code)"])
            throw error
        }
    }

    private func follow(_ request: HTTPRequest) async throws(HTTPError) -> (HTTPResponseHead, OpenTransfer) {
        var url = try RequestURL(request.url)
        var headers = request.headers
        let deadline = ContinuousClock.now + policy.totalTimeout
        var redirects = 0
        while true {
            let transfer = try start(
                url, headers: headers, within: redirects == 0 ? policy.totalTimeout : deadline - ContinuousClock.now)
            do throws(HTTPError) {
                let answer = try await transfer.head()
                guard Self.redirectStatuses.contains(answer.status), let location = answer.headers["Location"] else {
                    let head = HTTPResponseHead(
                        status: answer.status, headers: answer.headers, finalURL: url.redacted,
                        httpVersion: answer.httpVersion)
                    return (head, transfer)
                }
                guard redirects < policy.maxRedirects else {
                    throw HTTPError(
                        .tooManyRedirects, url: url.redacted, message: "more than \(policy.maxRedirects) redirects")
                }
                let target = try url.resolving(location)
                if target.origin != url.origin {
                    headers = headers.filter { Self.harmlessHeaders.contains($0.0.lowercased()) }
                }
                try await transfer.drain(atMost: Self.maxDrainedBytes)
                transfer.end()
                redirects += 1
                url = target
            } catch {
                transfer.end()
                throw error
            }
        }
    }

    /// Begins one request to where the policy allows it.
    private func start(
        _ url: RequestURL, headers: [(String, String)], within limit: Duration
    ) throws(HTTPError) -> OpenTransfer {
        let entry = try policy.entry(for: url)
        return loop.start(
            TransferRequest(
                url: url, headers: headers, allowPrivate: entry.allowPrivate, totalTimeout: limit,
                connectTimeout: policy.connectTimeout, headerTimeout: policy.headerTimeout,
                idleTimeout: policy.idleTimeout, maxBodyBytes: policy.maxBodyBytes,
                trustedCertificatesFile: policy.trustedCertificatesFile))
    }
}
