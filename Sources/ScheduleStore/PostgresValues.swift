import Foundation
import Postgres
import ScheduleModel

extension LocalDate {
    /// The date as a parameter.
    var postgres: PostgresDate { PostgresDate(daysSince1970: dayNumber) }
}

extension LocalTime {
    /// The time of day as a parameter; `nil` never occurs, because a time is inside its day.
    var postgres: PostgresTime? { PostgresTime(secondsSinceMidnight: secondsSinceMidnight) }
}

extension PostgresRow {
    /// Reads an id.
    func id<Entity>(_ column: String) throws(PostgresError) -> Identifier<Entity> {
        Identifier(try decode(UUID.self, column))
    }

    /// Reads an id that may be NULL.
    func optionalID<Entity>(_ column: String) throws(PostgresError) -> Identifier<Entity>? {
        try decodeOptional(UUID.self, column).map { Identifier($0) }
    }

    /// Reads a date.
    func date(_ column: String) throws(PostgresError) -> LocalDate {
        LocalDate(dayNumber: try decode(PostgresDate.self, column).daysSince1970)
    }

    /// Reads a period from its two columns.
    func range(_ start: String, _ end: String) throws -> DateRange {
        guard let range = DateRange(try date(start), try date(end)) else {
            throw StoreError.unreadable("period \(start) to \(end) ends before it starts")
        }
        return range
    }

    /// Reads an array column that an aggregate over no rows leaves NULL.
    func column<Value: PostgresDecodable>(_ type: Value.Type, _ name: String) throws(PostgresError) -> [Value] {
        try decodeOptional([Value].self, name) ?? []
    }
}

/// How documents are written into `jsonb` columns: sorted keys, RFC 3339 times.
enum StoredJSON {
    /// Encodes a document.
    static func encode(_ value: some Encodable) throws -> PostgresJSON {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return PostgresJSON([UInt8](try encoder.encode(value)))
    }
}
