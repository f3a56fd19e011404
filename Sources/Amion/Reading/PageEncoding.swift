import SAX

/// An encoding that pages are read in.
enum PageEncoding: Equatable {
    case utf8
    case utf16(isBigEndian: Bool)
    case singleByte(CharacterTable)

    /// What stands for pages that are not UTF-8 and do not say what they are; nil where iconv lacks it.
    static var windows1252: PageEncoding? { windows1252Table.map { .singleByte($0) } }

    private static let windows1252Table = CharacterTable(iconvName: "CP1252")

    /// The encoding that a header or a page names, or nil when it is none of those that are read.
    ///
    /// ISO 8859-1 and ASCII are read as windows-1252, as browsers do: servers say the one and send the other.
    init?(label: String) {
        let key = label.lowercased().filter { !$0.isWhitespace }
        switch key {
        case "utf-8", "utf8", "unicode-1-1-utf-8": self = .utf8
        case "utf-16", "utf-16le": self = .utf16(isBigEndian: false)
        case "utf-16be": self = .utf16(isBigEndian: true)
        default:
            guard let name = Self.iconvNames[key], let table = CharacterTable(iconvName: name) else { return nil }
            self = .singleByte(table)
        }
    }

    private static let iconvNames: [String: String] = {
        var names: [String: String] = [:]
        for label in [
            "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "l1", "us-ascii", "ascii", "x-cp1252",
        ] { names[label] = "CP1252" }
        for number in 2...16 where number != 12 {
            for prefix in ["iso-8859-", "iso8859-", "iso_8859-"] { names["\(prefix)\(number)"] = "ISO-8859-\(number)" }
        }
        for number in 1250...1258 {
            for prefix in ["windows-", "cp"] { names["\(prefix)\(number)"] = "CP\(number)" }
        }
        for name in ["koi8-r", "koi8-u", "macintosh"] { names[name] = name.uppercased() }
        return names
    }()
}

/// The encoding that the beginning of a page names (domain 5.5): by its byte order mark, or by a `meta` element.
struct DeclaredEncoding {
    /// How much of a page may declare it.
    static let headBytes = 1_024

    /// The encoding of a byte order mark, and how long that is.
    static func byteOrderMark(of head: [UInt8]) -> (encoding: PageEncoding, length: Int)? {
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8, 3) }
        if head.starts(with: [0xFF, 0xFE]) { return (.utf16(isBigEndian: false), 2) }
        if head.starts(with: [0xFE, 0xFF]) { return (.utf16(isBigEndian: true), 2) }
        return nil
    }

    /// What the first `meta` element that names an encoding says; comments do not count.
    ///
    /// A page whose `meta` can be read as ASCII is not UTF-16, so one that says so is UTF-8.
    static func meta(in head: [UInt8]) -> PageEncoding? {
        let text = String(decoding: head.prefix(headBytes).map { $0 < 0x80 ? $0 : 0x3F }, as: UTF8.self).lowercased()
        var rest = text[...]
        while let tag = rest.firstIndex(of: "<") {
            rest = rest[tag...]
            if rest.hasPrefix("<!--") {
                guard let end = rest.firstRange(of: "-->") else { return nil }
                rest = rest[end.upperBound...]
                continue
            }
            let isMeta = rest.hasPrefix("<meta") && rest.dropFirst(5).first.map { $0.isWhitespace || $0 == "/" } == true
            let end = rest.firstIndex(of: ">") ?? rest.endIndex
            if isMeta, let label = charset(in: rest[..<end]), let encoding = PageEncoding(label: label) {
                if case .utf16 = encoding { return .utf8 }
                return encoding
            }
            rest = rest[tag...].dropFirst()
        }
        return nil
    }

    private static func charset(in tag: Substring) -> String? {
        guard let name = tag.firstRange(of: "charset") else { return nil }
        let afterName = tag[name.upperBound...].drop { $0.isWhitespace }
        guard afterName.first == "=" else { return nil }
        let value = afterName.dropFirst().drop { $0.isWhitespace || $0 == "\"" || $0 == "'" }
            .prefix { $0.isLetter || $0.isNumber || "-_:.".contains($0) }
        return value.isEmpty ? nil : String(value)
    }
}
