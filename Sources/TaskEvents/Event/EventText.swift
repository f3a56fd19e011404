/// What texts go through before they are published: no secrets in addresses, no more than fits.
enum EventText {
    /// The text with each URL cut to scheme and host: user names, passwords, paths and queries can hold secrets (I11).
    static func withoutURLDetails(_ text: String) -> String {
        guard text.contains("://") else { return text }
        let parts = text.split(separator: "://", omittingEmptySubsequences: false)
        var result = String(parts[0])
        for part in parts.dropFirst() {
            let end = part.firstIndex { $0.isWhitespace || "\"'<>`,;)]}".contains($0) } ?? part.endIndex
            let address = part[..<end]
            let authorityEnd = address.firstIndex { "/?#".contains($0) } ?? address.endIndex
            // A password may hold a slash, so whatever precedes the last @ of the whole address goes, not only of its
            // host part.
            let host: Substring
            if let sign = address.lastIndex(of: "@") {
                host = address[address.index(after: sign)...].prefix { !"/?#".contains($0) }
            } else {
                host = address[..<authorityEnd]
            }
            let wasCut = host.endIndex != address.endIndex
            result += "://\(host)\(wasCut ? "/…" : "")\(part[end...])"
        }
        return result
    }

    /// The text cut to `maxBytes` of UTF-8 between characters, with `…` at the end when something went.
    static func cut(_ text: String, toBytes maxBytes: Int) -> String {
        guard text.utf8.count > maxBytes else { return text }
        let mark = "…"
        var bytes = mark.utf8.count
        var end = text.startIndex
        while end < text.endIndex {
            bytes += text[end].utf8.count
            guard bytes <= maxBytes else { break }
            end = text.index(after: end)
        }
        return text[..<end] + mark
    }

    /// A log line or an error as it is published.
    static func line(_ text: String) -> JSONValue {
        .string(cut(withoutURLDetails(text), toBytes: TaskEventLimits.maxTextBytes))
    }
}

extension JSONValue {
    /// The value with every text in it changed; member names stay.
    func mapStrings(_ change: (String) -> String) -> JSONValue {
        switch self {
        case .string(let text): .string(change(text))
        case .array(let values): .array(values.map { $0.mapStrings(change) })
        case .object(let members): .object(members.mapValues { $0.mapStrings(change) })
        default: self
        }
    }
}
