package import ScheduleModel

/// Where a month of assignments comes from (domain 5.1).
package protocol ScheduleSource: Sendable {
    /// Fetches and reads one month.
    ///
    /// - Parameter month: The first day of the month.
    /// - Returns: What the month says; a recognisable table without rows is a month without assignments.
    /// - Throws: ``MonthFailure``, or `CancellationError`.
    func month(_ month: LocalDate) async throws -> MonthResult
}

/// What one month says.
package struct MonthResult: Sendable {
    /// The first day of the month.
    package let month: LocalDate
    /// The assignments, in the order of the page, each once.
    package var rows: [ScrapedAssignment] = []
    /// How many slots had no name.
    package var openSlots = 0
    /// How many rows said the same as an earlier one.
    package var duplicates = 0
    /// What was found.
    package var messages: [ValidationMessage] = []
    /// Validators for the next conditional request.
    package var etag: String?
    /// Validators for the next conditional request.
    package var lastModified: String?

    /// A month without rows.
    package init(month: LocalDate) {
        self.month = month
    }
}

/// Why a month could not be had.
package struct MonthFailure: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was (domain 5.7).
    package enum Kind: String, Sendable, Codable, Hashable {
        case network, http, parse, retry, auth
    }

    /// The first day of the month.
    package let month: LocalDate
    /// What kind of failure it was.
    package let kind: Kind
    /// The code of domain 4.3, such as `INVALID_HTML`.
    package let code: ValidationCode
    /// What happened; no credential, no full URL, nothing of a page.
    package let cause: String
    /// Whether another try may help.
    package let isRetriable: Bool
    /// How long the server asked to be left alone, when it did.
    package let retryAfter: Duration?
    /// Whether the server asked for fewer requests.
    package let isThrottled: Bool

    /// Names a failure.
    package init(
        month: LocalDate, kind: Kind, code: ValidationCode, cause: String, isRetriable: Bool = false,
        retryAfter: Duration? = nil, isThrottled: Bool = false
    ) {
        self.month = month
        self.kind = kind
        self.code = code
        self.cause = cause
        self.isRetriable = isRetriable
        self.retryAfter = retryAfter
        self.isThrottled = isThrottled
    }

    /// One line for a person.
    package var description: String { "month \(month.monthText): \(code.rawValue): \(cause)" }
}
