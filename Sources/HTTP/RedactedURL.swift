/// Makes a URL safe to log and to show (domain.md section 12, rule 2).
///
/// Works on text, so it also takes what is no valid URL; in doubt it hides too much.
package struct RedactedURL {
    /// Keys that are secret as a whole; the first three are Amion's.
    private static let secretKeys: Set<String> = [
        "lo", "login", "file", "pass", "pw", "pwd", "key", "code", "auth", "sid", "sig", "jwt", "otp", "pin", "ticket",
    ]
    /// What a secret key may hold among other words, as in `access_token`.
    private static let secretWords = [
        "password", "passwd", "passphrase", "token", "secret", "credential", "apikey", "api_key", "api-key",
        "authorization", "session", "signature",
    ]
    private static let mask = Secret.mask

    /// Hides user-info, the fragment, the query values whose key says that they are secret, and given secrets anywhere.
    ///
    /// Such keys are `Lo`, `Login`, `File`, `password`, `token` and their like, without regard to case. Control characters
    /// come out percent-encoded, so the result stands on one line.
    ///
    /// - Parameters:
    ///   - url: Any text that may be a URL.
    ///   - secrets: What must not be shown wherever it stands, plain or percent-encoded.
    /// - Returns: The text with `***` in place of each secret.
    package static func redact(_ url: String, hiding secrets: [Secret] = []) -> String {
        secrets.reduce(redactByKey(url)) { text, secret in
            guard !secret.revealed.isEmpty else { return text }
            return decodedRanges(of: secret.revealed, in: text).reversed().reduce(into: text) {
                $0.replaceSubrange($1, with: mask)
            }
        }
    }

    private static func redactByKey(_ url: String) -> String {
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
            if let equals = field.firstIndex(of: "="), isSecret(key: decoded(field[..<equals])) {
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

    private static func isSecret(key: String) -> Bool {
        secretKeys.contains(key) || secretWords.contains { key.contains($0) }
    }

    /// Where a text stands whose characters may be written as percent escapes.
    private static func decodedRanges(of secret: String, in text: String) -> [Range<String.Index>] {
        let wanted = Array(secret.utf8)
        let (bytes, starts) = unescaped(text)
        var ranges: [Range<String.Index>] = []
        var first = 0
        while first + wanted.count <= bytes.count {
            if bytes[first..<first + wanted.count].elementsEqual(wanted) {
                ranges.append(starts[first]..<starts[first + wanted.count])
                first += wanted.count
            } else {
                first += 1
            }
        }
        return ranges
    }

    /// The bytes behind the percent escapes, and where each one's text begins; the end of the text comes last.
    private static func unescaped(_ text: String) -> (bytes: [UInt8], starts: [String.Index]) {
        let view = text.utf8
        var bytes: [UInt8] = []
        var starts: [String.Index] = []
        var index = view.startIndex
        while index < view.endIndex {
            starts.append(index)
            let next = view.index(after: index)
            let digits = view[next...].prefix(2)
            if view[index] == UInt8(ascii: "%"), digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                index = digits.endIndex
            } else {
                bytes.append(view[index])
                index = next
            }
        }
        return (bytes, starts + [view.endIndex])
    }

    /// Anything else between scheme and path may be part of a password.
    private static func isHostAndPort(_ text: Substring) -> Bool {
        if text.first == "[" { return true }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 1 || (parts.count == 2 && parts[1].allSatisfy { $0.isASCII && $0.isNumber })
    }

    /// A key with its percent escapes decoded, in lower case, as a server would read it.
    private static func decoded(_ key: Substring) -> String {
        String(decoding: unescaped(String(key)).bytes, as: UTF8.self).lowercased()
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
