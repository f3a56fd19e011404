import ArgumentParser

/// The exit statuses of the contract (interfaces.md section 2.1).
enum ExitStatus: Int32, Sendable {
    case done = 0
    /// The task failed, was archived or cancelled, or the operation was refused.
    case failed = 1
    /// The outcome is PARTIAL, or coverage is below `--threshold`.
    case partial = 2
    case usage = 64
    /// The input file is there and is not usable.
    case unusableFile = 65
    /// The input file is missing or unreadable.
    case missingFile = 66
    /// Redis or Postgres cannot be reached.
    case unavailable = 69
    /// Our own bug.
    case bug = 70
    case interrupted = 130

    /// The worse of two outcomes of tasks: a failure before a partial result before success.
    func worse(_ other: ExitStatus) -> ExitStatus { severity >= other.severity ? self : other }

    private var severity: Int {
        switch self {
        case .done: 0
        case .partial: 1
        default: 2
        }
    }

    /// The status as ArgumentParser's error, thrown where everything has been said already.
    var exitCode: ExitCode { ExitCode(rawValue) }
}

/// Codes of validation that say that a file is not usable (domain 4.3).
enum FileValidationCode {
    /// Whether a failed task's code is about its file.
    static func contains(_ code: String) -> Bool { all.contains(code) }

    private static let all: Set<String> = [
        "INVALID_FILE_TYPE", "FILE_TOO_LARGE", "MISSING_FILE", "FILE_READ_ERROR", "MISSING_CONTENT_XML",
        "XML_READ_ERROR",
        "INVALID_FILE_FORMAT", "XXE_ATTACK", "ZIP_BOMB", "NO_VALID_SHEETS", "PARSE_FAILED", "PARSE_ERROR",
        "MISSING_COLUMN", "MISSING_ROW", "ERROR_RATE_EXCEEDED",
    ]
}
