import ArgumentParser
import Foundation

/// Which marks of a document's version answers carry.
enum ValidatorChoice: String, CaseIterable, ExpressibleByArgument {
    case both, etag, modified, none
}

/// The marks of a document's version (RFC 9110, section 8.8).
struct Validators {
    private let etag: String?
    private let lastModified: String?

    /// Makes the marks of a body: the same body has the same marks in every run.
    ///
    /// - Parameters:
    ///   - body: The document.
    ///   - choice: Which marks are shown.
    init(of body: Data, offering choice: ValidatorChoice) {
        let digest = Self.digest(body)
        etag = choice == .both || choice == .etag ? "\"\(String(digest, radix: 16))\"" : nil
        // An invented moment: the minutes after 2026-01-01 00:00 that the digest chooses.
        let moment = Date(timeIntervalSince1970: 1_767_225_600 + Double(digest % 40_000) * 60)
        lastModified = choice == .both || choice == .modified ? Self.text(moment) : nil
    }

    /// As header fields.
    var fields: [(String, String)] {
        [("ETag", etag), ("Last-Modified", lastModified)].compactMap { name, value in value.map { (name, $0) } }
    }

    /// Whether a conditional request names this version; `If-None-Match` wins (RFC 9110, section 13.1.3).
    func areFresh(for request: StandinRequest) -> Bool {
        if let known = request.headers["if-none-match"] { return known == etag }
        if let known = request.headers["if-modified-since"] { return known == lastModified }
        return false
    }

    /// FNV-1a: enough to tell two pages apart.
    private static func digest(_ data: Data) -> UInt64 {
        data.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    /// `Thu, 01 Jan 2026 00:00:00 GMT`.
    private static func text(_ date: Date) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.string(from: date)
    }
}
