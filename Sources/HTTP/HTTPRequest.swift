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
    /// What errors and logs must not show wherever it stands: the credentials that the URL holds.
    package var secrets: [Secret]

    /// Makes a GET request.
    ///
    /// - Parameters:
    ///   - url: An absolute URL.
    ///   - headers: Additional header fields.
    ///   - secrets: The credentials that the URL holds.
    package init(url: String, headers: [(String, String)] = [], secrets: [Secret] = []) {
        self.url = url
        self.headers = headers
        self.secrets = secrets
    }
}
