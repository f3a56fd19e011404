import Foundation

/// The head of a request.
struct StandinRequest: Sendable {
    let method: String
    /// Without the query.
    let path: String
    /// Decoded; of a parameter that comes twice the first.
    let query: [String: String]
    /// Names in lower case.
    let headers: [String: String]
    private let rawQuery: Substring

    /// Reads the lines of a head; `nil` when it is none.
    init?(head: String) {
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: true)
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { return nil }
        method = String(words[0])
        let target = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(target[0])
        rawQuery = target.count > 1 ? target[1] : ""
        query = Dictionary(
            rawQuery.split(separator: "&").map { field in
                let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let value = parts.count > 1 ? String(parts[1]) : ""
                return (String(parts[0]), value.removingPercentEncoding ?? value)
            }, uniquingKeysWith: { first, _ in first })
        headers = Dictionary(
            lines.dropFirst().compactMap { line in
                guard let colon = line.firstIndex(of: ":") else { return nil }
                let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
                return (line[..<colon].lowercased(), value)
            }, uniquingKeysWith: { first, _ in first })
    }

    /// Path and query with another value of `hop`.
    func target(settingHop hop: Int) -> String {
        let others = rawQuery.split(separator: "&").filter { !$0.hasPrefix("hop=") }
        return path + "?" + (others + ["hop=\(hop)"]).joined(separator: "&")
    }

    /// Path and query without the access code and anything else that is not known to be harmless.
    var loggedTarget: String {
        let harmless: Set = ["Rpt", "Month", "Year", "Day", "Days", "hop"]
        let fields = rawQuery.split(separator: "&").filter { field in
            harmless.contains(String(field.prefix { $0 != "=" }))
        }
        return fields.isEmpty ? path : path + "?" + fields.joined(separator: "&")
    }
}
