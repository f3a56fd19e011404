/// What a client may talk to and how much time and memory a request may take (domain.md section 5.5).
package struct HTTPPolicy: Sendable {
    /// The only servers that requests and redirects may go to; empty refuses everything.
    package var allowedHosts: [AllowedHost]
    /// From the start of a request to the last byte of its answer, redirects included.
    ///
    /// A request that waits for a free connection has not started.
    package var totalTimeout: Duration
    /// For name look-up, TCP and TLS together, of one connection.
    package var connectTimeout: Duration
    /// From the start of a request, or of one after a redirect, to the end of its answer's header.
    package var headerTimeout: Duration
    /// How long a transfer may stand still: from one piece of the answer to the next, or from the start to the first.
    ///
    /// The time it stands still because its reader is behind does not count.
    package var idleTimeout: Duration
    /// The most bytes a body may have after decompression.
    package var maxBodyBytes: Int
    /// How many redirects are followed; 0 follows none.
    package var maxRedirects: Int
    /// A file of PEM certificates that are trusted in place of the system's; `nil` for the system's.
    package var trustedCertificatesFile: String?

    /// Makes a policy; the defaults are those of domain.md section 5.5.
    ///
    /// - Parameters:
    ///   - allowedHosts: The only servers that may be reached.
    ///   - totalTimeout: The limit for a whole request.
    ///   - connectTimeout: The limit for setting up a connection.
    ///   - headerTimeout: The limit for the header of an answer.
    ///   - idleTimeout: The limit for a transfer that stands still.
    ///   - maxBodyBytes: The most bytes of a body after decompression.
    ///   - maxRedirects: How many redirects are followed.
    ///   - trustedCertificatesFile: A file of PEM certificates to trust in place of the system's.
    package init(
        allowedHosts: [AllowedHost], totalTimeout: Duration = .seconds(30), connectTimeout: Duration = .seconds(10),
        headerTimeout: Duration = .seconds(30), idleTimeout: Duration = .seconds(30),
        maxBodyBytes: Int = 5 * 1024 * 1024, maxRedirects: Int = 3, trustedCertificatesFile: String? = nil
    ) {
        self.allowedHosts = allowedHosts
        self.totalTimeout = totalTimeout
        self.connectTimeout = connectTimeout
        self.headerTimeout = headerTimeout
        self.idleTimeout = idleTimeout
        self.maxBodyBytes = maxBodyBytes
        self.maxRedirects = maxRedirects
        self.trustedCertificatesFile = trustedCertificatesFile
    }

    /// The entry of the allow-list that lets `url` through.
    ///
    /// - Parameter url: Where a request or a redirect wants to go.
    /// - Returns: The entry with this host and port.
    /// - Throws: ``HTTPError/Code/hostNotAllowed`` when there is none, or when it does not allow plain `http`;
    ///   ``HTTPError/Code/invalidURL`` for any other scheme or when the URL holds user-info.
    func entry(for url: RequestURL) throws(HTTPError) -> AllowedHost {
        guard !url.hasUserInfo else {
            throw HTTPError(.invalidURL, url: url.redacted, message: "a URL must not hold a user name or password")
        }
        guard url.scheme == "https" || url.scheme == "http" else {
            throw HTTPError(.invalidURL, url: url.redacted, message: "only https URLs are fetched")
        }
        guard let entry = allowedHosts.first(where: { $0.host == url.host && $0.port == url.port }) else {
            throw HTTPError(.hostNotAllowed, url: url.redacted, message: "host and port are not on the allow-list")
        }
        guard url.scheme == "https" || entry.allowHTTP else {
            throw HTTPError(.hostNotAllowed, url: url.redacted, message: "this host may only be reached over https")
        }
        return entry
    }
}
