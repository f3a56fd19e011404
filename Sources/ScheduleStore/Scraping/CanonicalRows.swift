import Foundation
import Postgres
import ScheduleModel

/// Scraped rows in the one form that checksums and checkpoints use: JSON with sorted keys, rows sorted (domain 5.8).
enum CanonicalRows {
    /// SHA-256 over what the rows say; where they stood on the page does not matter.
    ///
    /// - Parameter rows: Rows in any order.
    /// - Returns: 64 hexadecimal digits.
    /// - Throws: `EncodingError`.
    static func checksum(_ rows: [ScrapedAssignment]) throws -> String {
        let sorted = try rows.map { Array(try encoder.encode($0.withoutPlace)) }
            .sorted { $0.lexicographicallyPrecedes($1) }
        var document: [UInt8] = [UInt8(ascii: "[")]
        for (index, row) in sorted.enumerated() {
            if index > 0 { document.append(UInt8(ascii: ",")) }
            document += row
        }
        return SHA256.hex(document + [UInt8(ascii: "]")])
    }

    /// The rows for a checkpoint: sorted by what they say, with their places for later messages.
    ///
    /// - Parameter rows: Rows in any order.
    /// - Returns: A JSON array.
    /// - Throws: `EncodingError`.
    static func document(_ rows: [ScrapedAssignment]) throws -> PostgresJSON {
        let sorted = rows.sorted { left, right in
            (left.date, left.role, left.window.startSeconds, left.name, left.sourceRow)
                < (right.date, right.role, right.window.startSeconds, right.name, right.sourceRow)
        }
        return PostgresJSON([UInt8](try encoder.encode(sorted)))
    }

    /// Reads a checkpoint's rows back.
    ///
    /// - Parameter document: As ``document(_:)`` made it.
    /// - Returns: The rows.
    /// - Throws: `DecodingError`.
    static func read(_ document: PostgresJSON) throws -> [ScrapedAssignment] {
        try JSONDecoder().decode([ScrapedAssignment].self, from: Data(document.bytes))
    }

    /// What the reader said of a month, for its checkpoint.
    ///
    /// - Parameter messages: In discovery order.
    /// - Returns: A JSON array; `nil` when there is nothing to keep.
    /// - Throws: `EncodingError`.
    static func document(messages: [ValidationMessage]) throws -> PostgresJSON? {
        messages.isEmpty ? nil : try StoredJSON.encode(messages)
    }

    /// Reads a checkpoint's messages back.
    ///
    /// - Parameter document: As ``document(messages:)`` made it.
    /// - Returns: The messages.
    /// - Throws: `DecodingError`.
    static func readMessages(_ document: PostgresJSON) throws -> [ValidationMessage] {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode([ValidationMessage].self, from: Data(document.bytes))
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

extension ScrapedAssignment {
    fileprivate var withoutPlace: ScrapedAssignment {
        ScrapedAssignment(
            sourceRow: 0, date: date, role: role, window: window, location: location, name: name, staffID: staffID)
    }
}
