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
        lastModified = choice == .both || choice == .modified ? Self.moment(digest) : nil
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

    /// An invented moment of 2026, such as `Thu, 01 Jan 2026 00:00:00 GMT`: what the digest chooses.
    private static func moment(_ digest: UInt64) -> String {
        let minutes = Int(digest % (300 * 1440))
        let date = CivilDate(dayNumber: CivilDate.dayNumber(year: 2026, month: 1, day: 1) + minutes / 1440)
        let (year, month, day) = date.parts
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][date.dayNumber % 7]  // 1970-01-01: a Thursday
        return "\(weekday), \(twoDigits(day)) \(CivilMonth.names[month - 1]) \(year) "
            + "\(twoDigits(minutes % 1440 / 60)):\(twoDigits(minutes % 60)):00 GMT"
    }
}
