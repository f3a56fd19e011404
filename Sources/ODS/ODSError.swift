/// Why a workbook could not be read.
///
/// None is worth a retry with the same bytes. A position says where in the sheets the reading was, if in any.
package enum ODSError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file is larger than ``ODSLimits/fileBytes``.
    case tooLarge(bytes: Int, limit: Int)
    /// It is neither a usable zip archive nor XML.
    case unreadable(ODSReadFailure, reason: String)
    /// The archive has no `content.xml`.
    case missingContent
    /// It is an OpenDocument file or other XML without a spreadsheet.
    case notSpreadsheet
    /// The XML is not well-formed or goes beyond a limit of its form. `line` counts from 1.
    case xml(reason: String, line: Int, at: ODSPosition? = nil)
    /// The XML has a document type or an entity declaration.
    case documentType
    /// `content.xml` inflates beyond the limits.
    case bomb(reason: String, at: ODSPosition? = nil)
    /// Reading took more than ``ODSLimits/cpuTime``.
    case cpuTimeExceeded(limit: Duration, at: ODSPosition? = nil)

    /// The code of `domain.md`, section 4.3, by which decisions are made.
    package var code: String {
        switch self {
        case .tooLarge: "FILE_TOO_LARGE"
        case .unreadable: "FILE_READ_ERROR"
        case .missingContent: "MISSING_CONTENT_XML"
        case .notSpreadsheet: "INVALID_FILE_TYPE"
        case .xml: "XML_READ_ERROR"
        case .documentType: "XXE_ATTACK"
        case .bomb: "ZIP_BOMB"
        case .cpuTimeExceeded: "PARSE_FAILED"
        }
    }

    /// What is wrong, where, and what to do, in words fit for a log and for a user; no cell's content.
    package var reason: String {
        switch self {
        case .tooLarge(let bytes, let limit):
            "the file has \(bytes) bytes and the limit is \(limit); split the workbook"
        case .unreadable(let failure, let reason): "\(reason); \(failure.advice)"
        case .missingContent:
            "the archive has no content.xml, so it is not an OpenDocument file; save the workbook as .ods"
        case .notSpreadsheet:
            "the document has no office:spreadsheet, so it is a text, a drawing or something else; send a workbook (.ods)"
        case .xml(let reason, let line, _): "the XML, line \(line): \(reason); save the workbook again as .ods"
        case .documentType:
            """
            the XML has a document type or entity declaration, which no spreadsheet program writes; save the workbook \
            again as .ods
            """
        case .bomb(let reason, _): "content.xml: \(reason); remove unused rows, sheets and formatting"
        case .cpuTimeExceeded(let limit, _):
            "reading took more than \(limit) of processor time; remove unused rows, sheets and formatting"
        }
    }

    /// Where in the sheets the reading was; nil when it was in none or the error has no place.
    package var position: ODSPosition? {
        switch self {
        case .xml(_, _, let position), .bomb(_, let position), .cpuTimeExceeded(_, let position): position
        case .tooLarge, .unreadable, .missingContent, .notSpreadsheet, .documentType: nil
        }
    }

    /// What a program may look at, nil without any: `reason` of a FILE_READ_ERROR (``ODSReadFailure``), `line` of the XML,
    /// and `sheet`, `row` and `column` of the ``position``.
    package var details: [String: String]? {
        var details: [String: String] = [:]
        if case .unreadable(let failure, _) = self { details["reason"] = failure.rawValue }
        if case .xml(_, let line, _) = self { details["line"] = "\(line)" }
        if let position {
            details["sheet"] = position.sheet
            details["row"] = "\(position.row)"
            details["column"] = position.column.map { "\($0)" }
        }
        return details.isEmpty ? nil : details
    }

    package var description: String { "\(code): \(reason)" }

    /// The same error with the place where the reading was.
    func at(_ position: ODSPosition?) -> ODSError {
        switch self {
        case .xml(let reason, let line, _): .xml(reason: reason, line: line, at: position)
        case .bomb(let reason, _): .bomb(reason: reason, at: position)
        case .cpuTimeExceeded(let limit, _): .cpuTimeExceeded(limit: limit, at: position)
        case .tooLarge, .unreadable, .missingContent, .notSpreadsheet, .documentType: self
        }
    }
}
