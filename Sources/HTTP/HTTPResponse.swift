/// The answer to a request, whatever its status.
package struct HTTPResponse: Sendable {
    /// The status code, such as 200 or 404.
    ///
    /// A 3xx comes back only where it is no redirect, such as 304.
    package let status: Int
    /// The header fields of the last answer.
    package let headers: HTTPHeaders
    /// The decompressed body.
    package let body: [UInt8]
    /// Where the answer came from after redirects, safe to log and to show.
    package let finalURL: String

    /// Makes a response.
    ///
    /// - Parameters:
    ///   - status: The status code.
    ///   - headers: The header fields.
    ///   - body: The decompressed body.
    ///   - finalURL: Where the answer came from, redacted.
    package init(status: Int, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = [], finalURL: String = "") {
        self.status = status
        self.headers = headers
        self.body = body
        self.finalURL = finalURL
    }

    /// The media type in lower case without parameters, such as `text/html`; `nil` when the server named none.
    package var contentType: String? { headers.contentType }

    /// The `charset` parameter of the content type, in lower case; `nil` when the server named none.
    package var charset: String? { headers.charset }
}
