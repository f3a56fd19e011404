/// A decimal number as its exact text, such as `99.50`: Postgres's `numeric`.
package struct PostgresNumeric: Hashable, Sendable, CustomStringConvertible {
    /// The digits, with the scale of the column they were read from.
    package let description: String

    /// Wraps decimal text; what is no number is refused by the server.
    package init(_ text: String) {
        description = text
    }
}

extension PostgresNumeric: PostgresEncodable, PostgresDecodable {
    package static var postgresType: PostgresType { .numeric }

    package static func canDecode(_ oid: UInt32) -> Bool { oid == PostgresType.numeric.oid }

    package func appendPostgresText(to text: inout [UInt8]) {
        text.append(contentsOf: description.utf8)
    }

    package init?(postgresText text: ArraySlice<UInt8>) {
        description = String(decoding: text, as: UTF8.self)
    }
}
