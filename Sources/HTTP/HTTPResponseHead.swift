/// What stands before the body of an answer: the status and the header fields.
///
/// It is that of the final answer: redirects were followed and are never handed over.
package struct HTTPResponseHead: Sendable {
    /// The status code, such as 200, 304 or 404.
    ///
    /// A 3xx comes back only where it is no redirect, such as 304.
    package let status: Int
    /// The header fields; what follows a chunked body is not among them.
    package let headers: HTTPHeaders
    /// Where the answer came from after redirects, safe to log and to show.
    package let finalURL: String
    /// The version of HTTP that was spoken, such as `1.1` or `2`.
    package let httpVersion: String

    /// Makes a head.
    ///
    /// - Parameters:
    ///   - status: The status code.
    ///   - headers: The header fields.
    ///   - finalURL: Where the answer came from, redacted.
    ///   - httpVersion: The version of HTTP, without its name.
    package init(
        status: Int, headers: HTTPHeaders = HTTPHeaders(), finalURL: String = "", httpVersion: String = "1.1"
    ) {
        self.status = status
        self.headers = headers
        self.finalURL = finalURL
        self.httpVersion = httpVersion
    }

    /// The media type in lower case without parameters, such as `text/html`; `nil` when the server named none.
    package var contentType: String? { headers.contentType }

    /// The `charset` parameter of the content type, in lower case; `nil` when the server named none.
    package var charset: String? { headers.charset }
}
