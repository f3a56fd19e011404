import ArgumentParser
import Foundation

/// How answers are encoded.
enum PageEncoding: String, CaseIterable, ExpressibleByArgument {
    case utf8 = "utf-8"
    /// UTF-8 that begins with a byte order mark.
    case utf8WithMark = "utf-8-bom"
    /// UTF-16 that begins with a byte order mark, in the named order.
    case utf16LittleEndian = "utf-16le"
    case utf16BigEndian = "utf-16be"
    case latin1
    case windows1252 = "windows-1252"

    /// The name that headers and pages give.
    var charset: String {
        switch self {
        case .utf8, .utf8WithMark: "utf-8"
        case .utf16LittleEndian, .utf16BigEndian: "utf-16"
        case .latin1: "iso-8859-1"
        case .windows1252: "windows-1252"
        }
    }

    /// Words that no other encoding of these writes with the same bytes.
    var accents: String { self == .latin1 ? "caf\u{E9}" : "caf\u{E9} \u{2013} cr\u{EA}pe" }

    /// The bytes of a text; a character that the encoding lacks becomes a question mark.
    func bytes(_ text: String) -> Data {
        let (mark, encoding): ([UInt8], String.Encoding) =
            switch self {
            case .utf8: ([], .utf8)
            case .utf8WithMark: ([0xEF, 0xBB, 0xBF], .utf8)
            case .utf16LittleEndian: ([0xFF, 0xFE], .utf16LittleEndian)
            case .utf16BigEndian: ([0xFE, 0xFF], .utf16BigEndian)
            case .latin1: ([], .isoLatin1)
            case .windows1252: ([], .windowsCP1252)
            }
        return Data(mark) + (text.data(using: encoding, allowLossyConversion: true) ?? Data(text.utf8))
    }
}
