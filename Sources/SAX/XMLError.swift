/// Why a document was refused.
package enum XMLError: Error, Equatable, Sendable, CustomStringConvertible {
    /// It has a document type or an entity declaration, which are never read: they are the way to files and to expansion
    /// attacks.
    case documentType
    /// It is not well-formed, or ends too early. `line` counts from 1.
    case malformed(reason: String, line: Int)
    /// It goes beyond ``XMLLimits``. `line` counts from 1.
    case limit(reason: String, line: Int)

    package var description: String {
        switch self {
        case .documentType: "the XML has a document type or entity declaration, which is refused"
        case .malformed(let reason, let line): "the XML is not well-formed near line \(line): \(reason)"
        case .limit(let reason, let line): "the XML goes beyond a limit near line \(line): \(reason)"
        }
    }
}
