/// A GET request.
package struct HTTPRequest: Sendable {
    /// An absolute URL.
    ///
    /// It may hold credentials in its query; errors and logs show it redacted only.
    package var url: String
    /// Additional header fields, in the order they are sent.
    ///
    /// After a redirect to another origin only `Accept`, `Accept-Language` and `User-Agent` are sent on.
    package var headers: [(String, String)]

    /// Makes a GET request.
    ///
    /// - Parameters:
    ///   - url: An absolute URL.
    ///   - headers: Additional header fields.
    package init(url: String, headers: [(String, String)] = []) {
        self.url = url
        self.headers = headers
    }
}
