/// One server that requests may go to: an entry of an allow-list (domain.md section 12, rule 3).
///
/// Matched exactly on host (without regard to case) and port; there are no wildcards.
package struct AllowedHost: Sendable, Hashable {
    /// A host name or an address, in lower case; an IPv6 address stands in brackets.
    package let host: String
    /// A TCP port, 1 to 65535.
    package let port: Int
    /// Whether the host may resolve to a loopback, private, link-local or otherwise special address.
    ///
    /// For tests only.
    package let allowPrivate: Bool
    /// Whether plain `http` may be spoken to it.
    ///
    /// For tests only.
    package let allowHTTP: Bool

    /// Makes an entry from its parts.
    ///
    /// - Parameters:
    ///   - host: A host name or an address; an IPv6 address in brackets.
    ///   - port: A TCP port.
    ///   - allowPrivate: Whether special addresses are connected to.
    ///   - allowHTTP: Whether plain `http` is spoken.
    package init(host: String, port: Int = 443, allowPrivate: Bool = false, allowHTTP: Bool = false) {
        self.host = host.lowercased()
        self.port = port
        self.allowPrivate = allowPrivate
        self.allowHTTP = allowHTTP
    }

    /// Reads `host`, `host:port`, `[v6 address]` or `[v6 address]:port`.
    ///
    /// - Parameters:
    ///   - text: The entry; without a port it means port 443.
    ///   - allowPrivate: Whether special addresses are connected to.
    ///   - allowHTTP: Whether plain `http` is spoken.
    /// - Throws: ``HTTPError/Code/invalidURL`` when the text is anything else, such as a URL or a pattern.
    package init(parsing text: String, allowPrivate: Bool = false, allowHTTP: Bool = false) throws(HTTPError) {
        let bytes = Array(text.utf8)
        var hostEnd = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
        if bytes.first == UInt8(ascii: "[") {
            hostEnd = (bytes.firstIndex(of: UInt8(ascii: "]")) ?? -1) + 1
        }
        let host = bytes[..<hostEnd]
        let rest = bytes[hostEnd...]
        guard Self.isHost(host) else { throw Self.malformed(text) }
        var port = 443
        if !rest.isEmpty {
            let digits = rest.dropFirst()
            guard rest.first == UInt8(ascii: ":"), (1...5).contains(digits.count),
                digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let number = Int(String(decoding: digits, as: UTF8.self)), (1...65535).contains(number)
            else { throw Self.malformed(text) }
            port = number
        }
        self.init(
            host: String(decoding: host, as: UTF8.self), port: port, allowPrivate: allowPrivate, allowHTTP: allowHTTP)
    }

    private static func isHost(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first else { return false }
        if first == UInt8(ascii: "[") {
            let hexDigitsAndDots = Set("0123456789abcdefABCDEF:.".utf8)
            return bytes.count > 3 && bytes.dropFirst().dropLast().allSatisfy(hexDigitsAndDots.contains)
        }
        let letters = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._".utf8)
        return bytes.allSatisfy(letters.contains)
    }

    private static func malformed(_ text: String) -> HTTPError {
        HTTPError(
            .invalidURL, url: RedactedURL.redact(text), message: "an allow-list entry must be `host` or `host:port`")
    }
}
