internal import CLibCurl

/// An absolute URL, taken apart by libcurl's own parser.
///
/// The same parser decides where libcurl connects, so what is checked here is what is connected to.
struct RequestURL: Sendable {
    /// In lower case.
    let scheme: String
    /// In lower case; numeric IPv4 addresses of every spelling come out as four decimal numbers, IPv6 in brackets.
    let host: String
    /// The port, the scheme's own when the URL names none.
    let port: Int
    /// Whether the URL holds a user name or a password, even an empty one.
    let hasUserInfo: Bool
    /// The whole URL as libcurl will read it.
    ///
    /// May hold secrets.
    let text: String

    /// What must not be shown wherever it stands, also in what a redirect makes of this URL.
    let secrets: [Secret]

    /// Safe to log and to show.
    var redacted: String { RedactedURL.redact(text, hiding: secrets) }

    /// Scheme, host and port: what credentials are bound to.
    var origin: String { "\(scheme)://\(host):\(port)" }

    /// Reads an absolute URL.
    ///
    /// - Parameters:
    ///   - url: The text; a URL without a scheme is refused.
    ///   - secrets: What must not be shown.
    /// - Throws: ``HTTPError/Code/invalidURL``.
    init(_ url: String, hiding secrets: [Secret] = []) throws(HTTPError) {
        guard let parts = Self.parse([(url, 0)], hiding: secrets) else {
            throw HTTPError(
                .invalidURL, url: RedactedURL.redact(url, hiding: secrets), message: "not an absolute URL")
        }
        self = parts
    }

    /// Reads where a `Location` header points to, relative to this URL.
    ///
    /// - Parameter location: An absolute or a relative reference.
    /// - Returns: The absolute target.
    /// - Throws: ``HTTPError/Code/invalidURL`` when it is neither.
    func resolving(_ location: String) throws(HTTPError) -> RequestURL {
        guard let target = Self.parse([(text, 0), (location, UInt32(CURLU_URLENCODE))], hiding: secrets) else {
            throw HTTPError(.invalidURL, url: redacted, message: "it redirects to something that is no URL")
        }
        return target
    }

    private init(
        scheme: String, host: String, port: Int, hasUserInfo: Bool, text: String, secrets: [Secret]
    ) {
        self.secrets = secrets
        self.scheme = scheme
        self.host = host
        self.port = port
        self.hasUserInfo = hasUserInfo
        self.text = text
    }

    /// Sets each text on top of the one before; `nil` when one cannot be read.
    private static func parse(_ steps: [(text: String, flags: UInt32)], hiding secrets: [Secret]) -> RequestURL? {
        guard !steps.contains(where: { $0.text.utf8.contains(0) }), let handle = curl_url() else { return nil }
        defer { curl_url_cleanup(handle) }
        for step in steps where curl_url_set(handle, CURLUPART_URL, step.text, step.flags) != CURLUE_OK { return nil }
        guard let scheme = part(CURLUPART_SCHEME, of: handle), let host = part(CURLUPART_HOST, of: handle),
            let portText = part(CURLUPART_PORT, of: handle, flags: UInt32(CURLU_DEFAULT_PORT)),
            let port = Int(portText), let text = part(CURLUPART_URL, of: handle)
        else { return nil }
        let hasUserInfo =
            part(CURLUPART_USER, of: handle) != nil || part(CURLUPART_PASSWORD, of: handle) != nil
        return RequestURL(
            scheme: scheme.lowercased(), host: host.lowercased(), port: port, hasUserInfo: hasUserInfo, text: text,
            secrets: secrets)
    }

    private static func part(_ part: CURLUPart, of handle: OpaquePointer, flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
