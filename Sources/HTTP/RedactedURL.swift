/// Makes a URL safe to log and to show (domain.md section 12, rule 2).
///
/// Works on text, so it also takes what is no valid URL; in doubt it hides too much.
package struct RedactedURL {
    private static let secretKeys: Set<String> = ["lo", "login", "file", "password", "token"]
    private static let mask = "***"

    /// Hides user-info, the fragment and the query values of `Lo`, `Login`, `File`, `password` and `token`.
    ///
    /// Control characters come out percent-encoded, so the result stands on one line.
    ///
    /// - Parameter url: Any text that may be a URL.
    /// - Returns: The text with `***` in place of each secret.
    package static func redact(_ url: String) -> String {
        var rest = escaped(url)[...]
        var result = ""
        let fragment = rest.firstIndex(of: "#")
        if let fragment { rest = rest[..<fragment] }
        let queryMark = rest.firstIndex(of: "?")
        let query = queryMark.map { rest[rest.index(after: $0)...] }
        if let queryMark { rest = rest[..<queryMark] }
        if let schemeEnd = rest.firstRange(of: "://") {
            result += rest[..<schemeEnd.upperBound]
            rest = rest[schemeEnd.upperBound...]
        }
        if let at = rest.lastIndex(of: "@") {
            result += mask + "@"
            rest = rest[rest.index(after: at)...]
        }
        let pathStart = rest.firstIndex(of: "/") ?? rest.endIndex
        result += isHostAndPort(rest[..<pathStart]) ? rest[..<pathStart] : mask[...]
        result += rest[pathStart...]
        if let query { result += "?" + redactQuery(query) }
        if fragment != nil { result += "#" + mask }
        return result
    }

    private static func redactQuery(_ query: Substring) -> String {
        var result = ""
        var rest = query
        while true {
            let end = rest.firstIndex { $0 == "&" || $0 == ";" } ?? rest.endIndex
            let field = rest[..<end]
            if let equals = field.firstIndex(of: "="), secretKeys.contains(decoded(field[..<equals])) {
                result += field[...equals] + mask
            } else if field.contains("@") {
                result += mask  // user-info whose password holds a `?` ends up here
            } else {
                result += field
            }
            guard end < rest.endIndex else { return result }
            result.append(rest[end])
            rest = rest[rest.index(after: end)...]
        }
    }

    /// Anything else between scheme and path may be part of a password.
    private static func isHostAndPort(_ text: Substring) -> Bool {
        if text.first == "[" { return true }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 1 || (parts.count == 2 && parts[1].allSatisfy { $0.isASCII && $0.isNumber })
    }

    /// A key with its percent escapes decoded, in lower case, as a server would read it.
    private static func decoded(_ key: Substring) -> String {
        var bytes: [UInt8] = []
        var input = Array(key.utf8)[...]
        while let byte = input.popFirst() {
            if byte == UInt8(ascii: "%"), input.count >= 2,
                let value = UInt8(String(decoding: input.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                input = input.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self).lowercased()
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) {
                let hex = String(scalar.value, radix: 16, uppercase: true)
                result += "%" + (hex.count == 1 ? "0" : "") + hex
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
