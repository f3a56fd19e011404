/// Puts the header lines of an answer together.
///
/// Interim answers (1xx) are skipped, and what follows a chunked body is ignored.
struct HeaderReader {
    /// The most bytes of header lines an answer may have; libcurl 7.88 limits only the single line.
    static let maxBytes = 256 * 1024

    /// The lines have more than ``maxBytes``.
    struct TooLong: Error {}

    private var bytes = 0
    private var status = 0
    private var httpVersion = ""
    private var headers = HTTPHeaders()
    private var isComplete = false

    /// Takes one line with its end.
    ///
    /// - Parameter line: A status line, a field, or the empty line at the end.
    /// - Returns: The head, when this line completes it; once an answer.
    /// - Throws: ``TooLong``.
    mutating func read(_ line: UnsafeRawBufferPointer) throws(TooLong) -> TransferHead? {
        bytes += line.count
        guard bytes <= Self.maxBytes else { throw TooLong() }
        guard !isComplete else { return nil }
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            readStatusLine(text)
        } else if let colon = text.firstIndex(of: ":") {
            let value = text[text.index(after: colon)...].trimmingBlanks()
            headers.append(name: String(text[..<colon]), value: String(value))
        } else if text.allSatisfy(\.isWhitespace), status >= 200 {
            isComplete = true
            return TransferHead(status: status, headers: headers, httpVersion: httpVersion)
        }
        return nil
    }

    /// `HTTP/1.1 200 OK` or `HTTP/2 200`; libcurl has checked its form.
    private mutating func readStatusLine(_ line: String) {
        let words = line.split(whereSeparator: \.isWhitespace)
        httpVersion = words.first.map { String($0.dropFirst(5)) } ?? ""
        status = words.count > 1 ? Int(words[1]) ?? 0 : 0
        headers = HTTPHeaders()
    }
}
