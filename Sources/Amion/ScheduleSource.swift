package import ScheduleModel

/// Where a month of assignments comes from (domain 5.1).
package protocol ScheduleSource: Sendable {
    /// Fetches and reads one month.
    ///
    /// - Parameters:
    ///   - month: The first day of the month.
    ///   - known: The validators of what is stored of the month; `nil` asks for it whatever is stored.
    /// - Returns: What the month says; a recognisable table without rows is a month without assignments.
    /// - Throws: ``MonthFailure``, or `CancellationError`.
    func month(_ month: LocalDate, known: MonthValidators?) async throws -> MonthAnswer
}

/// What a source says of a month.
package enum MonthAnswer: Sendable {
    /// The month as it is now.
    case changed(MonthResult)
    /// It is as it was when the validators were given: status 304.
    case unchanged
}

/// What a server gave to recognise a later state of the same page (RFC 9110, section 8.8).
package struct MonthValidators: Sendable, Hashable {
    /// The entity tag as received, quotes included.
    package var etag: String?
    /// The moment as received.
    package var lastModified: String?

    /// Names the validators of one answer.
    package init(etag: String? = nil, lastModified: String? = nil) {
        self.etag = etag
        self.lastModified = lastModified
    }

    /// Whether there is nothing to ask with.
    package var isEmpty: Bool { etag == nil && lastModified == nil }
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
    package var validators = MonthValidators()
    /// When the source says that it was last changed, as written; never part of a checksum.
    package var asOf: String?

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
