package import Foundation

/// How bad a message is (domain 4.1).
package enum Severity: String, Sendable, Hashable, CaseIterable {
    case error = "ERROR"
    case warning = "WARNING"
    case info = "INFO"
}

extension Severity: Codable {
    /// Reads a severity in any case.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let severity = Severity(rawValue: text.uppercased()) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a severity")
        }
        self = severity
    }
}

/// The codes of domain 4.3; decisions are made on codes and phases, never on message text.
package struct ValidationCode: RawRepresentable, Sendable, Hashable, Codable, ExpressibleByStringLiteral {
    /// The code's text, such as `INVALID_VALUE`.
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }
    package init(stringLiteral value: String) { rawValue = value }
}

/// Where in its source a message belongs.
package struct MessageLocation: Sendable, Hashable, Codable {
    /// The sheet's name, or nothing for a page.
    package var sheet: String?
    /// The physical row, from 1.
    package var row: Int?
    /// The column, from 1.
    package var column: Int?
    /// `C5` in a sheet, `R15` or `R5C3` on a page.
    package var cell: String?

    /// Names a place.
    package init(sheet: String? = nil, row: Int? = nil, column: Int? = nil, cell: String? = nil) {
        self.sheet = sheet
        self.row = row
        self.column = column
        self.cell = cell
    }

    /// A cell of a sheet; rows and columns count from 1.
    package static func cell(sheet: String, row: Int, column: Int) -> MessageLocation {
        MessageLocation(sheet: sheet, row: row, column: column, cell: "\(columnName(column))\(row)")
    }

    /// A column's letters: 1 is A, 27 is AA.
    package static func columnName(_ column: Int) -> String {
        var rest = column
        var letters: [Character] = []
        while rest > 0 {
            letters.append(Character(UnicodeScalar(UInt8(65 + (rest - 1) % 26))))
            rest = (rest - 1) / 26
        }
        return String(letters.reversed())
    }
}

/// One thing found while importing, scraping or computing: the one shape of domain 4.1.
package struct ValidationMessage: Sendable, Hashable, Codable {
    /// How bad it is.
    package var severity: Severity
    /// What it is.
    package var code: ValidationCode
    /// One sentence for a person.
    package var message: String
    /// The field it is about.
    package var field: String?
    /// Where it was found.
    package var location: MessageLocation?
    /// Further facts, such as `expected` and `actual`; values are cut to 120 characters, control characters escaped.
    package var details: [String: String]?
    /// When it was found.
    package var timestamp: Date

    /// Makes a message; its text, the sheet's name and the values in `details` are cut and escaped here.
    package init(
        _ severity: Severity, _ code: ValidationCode, _ message: String, field: String? = nil,
        location: MessageLocation? = nil, details: [String: String]? = nil, timestamp: Date = Date()
    ) {
        self.severity = severity
        self.code = code
        self.message = Self.escaped(message, limit: Self.longestText)
        self.field = field
        self.location = location
        self.location?.sheet = location?.sheet.map(Self.quoted)
        self.details = details?.mapValues(Self.quoted)
        self.timestamp = timestamp
    }

    /// Whether it rejects one row: an error with a row.
    package var isRowError: Bool { severity == .error && location?.row != nil }
    /// Whether it fails its phase: an error without a row.
    package var isPhaseError: Bool { severity == .error && location?.row == nil }
}

/// The messages of one run in discovery order: at most 1,000 kept, all of them counted.
package struct ValidationReport: Sendable, Hashable {
    /// How many messages a run keeps (domain 4.1).
    package static let keptMessages = 1000

    /// The kept messages in discovery order.
    package private(set) var messages: [ValidationMessage] = []
    /// How many messages of each code were found, kept or not.
    package private(set) var counts: [ValidationCode: Int] = [:]
    /// How many messages of each severity were found.
    package private(set) var severityCounts: [Severity: Int] = [:]
    /// How many of the errors have no row.
    package private(set) var phaseErrorCount = 0

    /// An empty report.
    package init() {}

    /// Adds a message; past the limit it is only counted.
    package mutating func append(_ message: ValidationMessage) {
        counts[message.code, default: 0] += 1
        severityCounts[message.severity, default: 0] += 1
        if message.isPhaseError { phaseErrorCount += 1 }
        if messages.count < Self.keptMessages { messages.append(message) }
    }

    /// How many messages of each code were found, by the code's text.
    package var countsByName: [String: Int] {
        Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
    }

    /// Whether no phase error was found.
    package var canImport: Bool { phaseErrorCount == 0 }
    /// Whether neither an error nor a warning was found.
    package var canPromote: Bool {
        severityCounts[.error, default: 0] == 0 && severityCounts[.warning, default: 0] == 0
    }
    /// How many messages were found.
    package var total: Int { severityCounts.values.reduce(0, +) }

    /// The kept messages, and where some were not kept one INFO MESSAGES_TRUNCATED with the counts per code.
    ///
    /// The same however often it is asked: the note bears the time of the last kept message.
    package var finished: [ValidationMessage] {
        guard total > messages.count else { return messages }
        let details = countsByName.mapValues { String($0) }
        return messages + [
            ValidationMessage(
                .info, "MESSAGES_TRUNCATED", "only the first \(messages.count) of \(total) messages are kept",
                details: details, timestamp: messages.last?.timestamp ?? Date(timeIntervalSince1970: 0))
        ]
    }
}

/// How a phase ended (domain 4.2).
package enum Outcome: String, Sendable, Codable, Hashable {
    case success = "SUCCESS"
    case partial = "PARTIAL"
    case failed = "FAILED"
}
