/// Why a workbook could not be read.
///
/// None is worth a retry with the same bytes.
package enum ODSError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file is larger than ``ODSLimits/fileBytes``.
    case tooLarge(bytes: Int, limit: Int)
    /// It is neither a usable zip archive nor XML.
    case unreadable(reason: String)
    /// The archive has no `content.xml`.
    case missingContent
    /// The XML is not well-formed or goes beyond a limit of its form. `line` counts from 1.
    case xml(reason: String, line: Int)
    /// The XML has a document type or an entity declaration.
    case documentType
    /// `content.xml` inflates beyond the limits.
    case bomb(reason: String)
    /// Reading took more than ``ODSLimits/cpuTime``.
    case cpuTimeExceeded(limit: Duration)

    /// The code of `domain.md`, section 4.3, by which decisions are made.
    package var code: String {
        switch self {
        case .tooLarge: "FILE_TOO_LARGE"
        case .unreadable: "FILE_READ_ERROR"
        case .missingContent: "MISSING_CONTENT_XML"
        case .xml: "XML_READ_ERROR"
        case .documentType: "XXE_ATTACK"
        case .bomb: "ZIP_BOMB"
        case .cpuTimeExceeded: "PARSE_FAILED"
        }
    }

    /// What is wrong and what to do, in words fit for a log and for a user; no cell's content.
    package var reason: String {
        switch self {
        case .tooLarge(let bytes, let limit):
            "the file has \(bytes) bytes and the limit is \(limit); split the workbook"
        case .unreadable(let reason): "\(reason); save the workbook again as .ods"
        case .missingContent:
            "the archive has no content.xml, so it is not an OpenDocument file; save the workbook as .ods"
        case .xml(let reason, let line): "line \(line): \(reason); save the workbook again as .ods"
        case .documentType: "the XML has a document type or entity declaration, which no spreadsheet program writes"
        case .bomb(let reason): "content.xml: \(reason); remove unused rows, sheets and formatting"
        case .cpuTimeExceeded(let limit):
            "reading took more than \(limit) of processor time; remove unused rows, sheets and formatting"
        }
    }

    package var description: String { "\(code): \(reason)" }
}
