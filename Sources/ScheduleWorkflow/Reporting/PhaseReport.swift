import Foundation
import ScheduleModel
import TaskEvents

/// What a phase did: kept in the ledger, so that a second delivery can say the same without doing it again.
struct PhaseReport: Sendable, Codable {
    /// Which phase.
    var phase: String
    /// How it ended.
    var outcome: Outcome
    /// The version it filled or read.
    var versionID: Identifier<ScheduleVersion>?
    /// That version's number.
    var versionNo: Int?
    /// That version's range.
    var range: DateRange?
    /// Facts of this phase: counters, layout, coverage.
    var details: [String: JSONValue] = [:]
    /// The messages that were kept.
    var messages: [ValidationMessage] = []

    /// Messages with the phase before their field, as merged results show them (domain 4.1).
    var prefixedMessages: [ValidationMessage] {
        messages.map { message in
            var prefixed = message
            prefixed.field = "\(phase):\(message.field ?? "")"
            return prefixed
        }
    }

    /// The report as the ledger keeps it.
    func encoded() throws -> [UInt8] { Array(try PhaseReport.encoder.encode(self)) }

    /// A report that the ledger kept.
    ///
    /// - Parameter bytes: The ledger's JSON.
    /// - Throws: ``PhaseFailure``, not retriable, when the phase was cancelled for good or its report cannot be read.
    init(ledger bytes: [UInt8]) throws {
        if let document = try? JSONValue(parsing: bytes), document["status"]?.stringValue == "CANCELLED" {
            throw PhaseFailure(
                PhaseFailure.cancelled, "the task was cancelled for good. enqueue a new one", isRetriable: false,
                isRecorded: true)
        }
        guard let report = try? PhaseReport.decoder.decode(PhaseReport.self, from: Data(bytes)) else {
            throw PhaseFailure(
                "UNKNOWN_ERROR", "the ledger's report of this phase cannot be read. enqueue a new task",
                isRetriable: false, isRecorded: true)
        }
        self = report
    }

    init(_ phase: Phase, outcome: Outcome) {
        self.phase = phase.rawValue
        self.outcome = outcome
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }
}

extension JSONValue {
    /// Any encodable value as JSON, times in RFC 3339.
    static func of(_ value: some Encodable) throws -> JSONValue {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        return try JSONValue(parsing: Array(try encoder.encode(value)))
    }

    /// A message in the one shape of domain 4.1.
    static func message(_ message: ValidationMessage) -> JSONValue {
        var object: [String: JSONValue] = [
            "severity": .string(message.severity.rawValue), "code": .string(message.code.rawValue),
            "message": .string(message.message), "timestamp": .string(EventTimestamp.text(of: message.timestamp)),
        ]
        if let field = message.field { object["field"] = .string(field) }
        if let location = message.location {
            var place: [String: JSONValue] = [:]
            if let sheet = location.sheet { place["sheet"] = .string(sheet) }
            if let row = location.row { place["row"] = .integer(Int64(row)) }
            if let column = location.column { place["column"] = .integer(Int64(column)) }
            if let cell = location.cell { place["cell"] = .string(cell) }
            object["location"] = .object(place)
        }
        if let details = message.details { object["details"] = .object(details.mapValues { .string($0) }) }
        return .object(object)
    }

    /// A whole number.
    static func count(_ value: Int) -> JSONValue { .integer(Int64(value)) }
}
