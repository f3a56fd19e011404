extension HTTPHeaders {
    /// The media type in lower case without parameters, such as `text/html`; `nil` when there is none.
    var contentType: String? {
        let type = contentTypeParts.first?.trimmingBlanks().lowercased() ?? ""
        return type.isEmpty ? nil : type
    }

    /// The `charset` parameter of the content type, in lower case; `nil` when there is none.
    var charset: String? {
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
        self["Content-Type"]?.split(separator: ";", omittingEmptySubsequences: false) ?? []
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
