/// Why a request got no answer.
///
/// An answer with a status such as 404 or 503 is a ``HTTPResponse``, not an error.
package struct HTTPError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was.
    ///
    /// New codes may be added, so a `switch` over them needs a `default`.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base {
            case hostNotAllowed, addressRefused, connectFailed, tlsFailed, timedOut, connectionReset, bodyTooLarge
            case tooManyRedirects, cancelled, invalidURL, invalidHeader, protocolError
        }

        private let base: Base
        private init(_ base: Base) { self.base = base }

        /// Host and port are not on the allow-list, or plain `http` is not allowed there; nothing was sent.
        package static let hostNotAllowed = Self(.hostNotAllowed)
        /// The host resolved to loopback, private, link-local or other special addresses only; nothing was sent.
        package static let addressRefused = Self(.addressRefused)
        /// The name did not resolve or nothing accepted the connection.
        package static let connectFailed = Self(.connectFailed)
        /// The TLS handshake failed or the certificate is not valid for the host.
        package static let tlsFailed = Self(.tlsFailed)
        /// One of the policy's time limits passed.
        ///
        /// This is never a cancellation.
        package static let timedOut = Self(.timedOut)
        /// The connection ended before the answer was complete.
        package static let connectionReset = Self(.connectionReset)
        /// The body is longer than the policy allows.
        package static let bodyTooLarge = Self(.bodyTooLarge)
        /// The server redirected more often than the policy allows.
        package static let tooManyRedirects = Self(.tooManyRedirects)
        /// The task was cancelled or the client closed.
        package static let cancelled = Self(.cancelled)
        /// The text is no absolute http or https URL, or it holds user-info.
        package static let invalidURL = Self(.invalidURL)
        /// A header field of the request holds characters that may not stand there.
        package static let invalidHeader = Self(.invalidHeader)
        /// The server's answer is not HTTP, or libcurl could not do its part.
        package static let protocolError = Self(.protocolError)

        package var description: String { String(describing: base) }
    }

    /// The kind of failure.
    package let code: Code
    /// Where the request went, safe to log and to show.
    package let url: String
    /// What happened, in words that hold neither a URL nor anything the server sent.
    package let message: String

    /// Makes an error.
    ///
    /// - Parameters:
    ///   - code: The kind of failure.
    ///   - url: Where the request went, already redacted.
    ///   - message: What happened.
    package init(_ code: Code, url: String, message: String) {
        self.code = code
        self.url = url
        self.message = message
    }

    /// Whether the same request may succeed later: refused or failed connections, resets and time limits.
    package var isRetriable: Bool {
        code == .connectFailed || code == .connectionReset || code == .timedOut
    }

    package var description: String { "GET \(url): \(code): \(message)" }
}
