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
    package var contentType: String? {
        let type = contentTypeParts.first?.trimmingBlanks().lowercased() ?? ""
        return type.isEmpty ? nil : type
    }

    /// The `charset` parameter of the content type, in lower case; `nil` when the server named none.
    package var charset: String? {
        for parameter in contentTypeParts.dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmingBlanks().lowercased() == "charset" else { continue }
            let value = pair[1].trimmingBlanks().lowercased().filter { $0 != "\"" && $0 != "'" }
            return value.isEmpty ? nil : value
        }
        return nil
    }

    /// The content type and its parameters; the first may be empty.
    private var contentTypeParts: [Substring] {
        headers["Content-Type"]?.split(separator: ";", omittingEmptySubsequences: false) ?? []
    }
}

extension Substring {
    /// The text without white space at both ends.
    func trimmingBlanks() -> Substring {
        var text = drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
