package import Foundation

/// A value that can be bound to a statement's placeholder.
///
/// Values travel in Postgres's text format with their type declared, so the server never guesses a type.
package protocol PostgresEncodable: Sendable {
    /// The type that is declared for the placeholder.
    static var postgresType: PostgresType { get }

    /// Whether the value is SQL NULL; ``appendPostgresText(to:)`` is then not called.
    var isPostgresNull: Bool { get }

    /// Appends the text form, without quotes; it holds no zero byte unless the value is a string that does.
    func appendPostgresText(to text: inout [UInt8])

    /// The type of an array of this type; `bytea` for `UInt8`.
    static var postgresArrayType: PostgresType { get }

    /// Appends the text form of a whole array of this type.
    static func appendPostgresArray(_ elements: [Self], to text: inout [UInt8])
}

extension PostgresEncodable {
    package var isPostgresNull: Bool { false }

    package static var postgresArrayType: PostgresType { postgresType.array }

    package static func appendPostgresArray(_ elements: [Self], to text: inout [UInt8]) {
        PostgresArrayText.append(elements, to: &text)
    }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    package static var postgresType: PostgresType { Wrapped.postgresType }

    package var isPostgresNull: Bool { self?.isPostgresNull ?? true }

    package func appendPostgresText(to text: inout [UInt8]) {
        self?.appendPostgresText(to: &text)
    }
}

extension Array: PostgresEncodable where Element: PostgresEncodable {
    package static var postgresType: PostgresType { Element.postgresArrayType }

    package func appendPostgresText(to text: inout [UInt8]) {
        Element.appendPostgresArray(self, to: &text)
    }
}

/// A single byte is a `smallint`; an array of bytes is one `bytea`.
extension UInt8: PostgresEncodable {
    package static var postgresType: PostgresType { .int2 }
    package static var postgresArrayType: PostgresType { .bytea }

    package func appendPostgresText(to text: inout [UInt8]) {
        DecimalText.append(self, to: &text)
    }

    package static func appendPostgresArray(_ elements: [UInt8], to text: inout [UInt8]) {
        text.append(UInt8(ascii: "\\"))
        text.append(UInt8(ascii: "x"))
        Hex.append(elements, to: &text)
    }
}

extension Bool: PostgresEncodable {
    package static var postgresType: PostgresType { .bool }

    package func appendPostgresText(to text: inout [UInt8]) {
        text.append(self ? UInt8(ascii: "t") : UInt8(ascii: "f"))
    }
}

extension Int: PostgresEncodable {
    package static var postgresType: PostgresType { .int8 }

    package func appendPostgresText(to text: inout [UInt8]) {
        DecimalText.append(self, to: &text)
    }
}

extension Int64: PostgresEncodable {
    package static var postgresType: PostgresType { .int8 }

    package func appendPostgresText(to text: inout [UInt8]) {
        DecimalText.append(self, to: &text)
    }
}

extension Int32: PostgresEncodable {
    package static var postgresType: PostgresType { .int4 }

    package func appendPostgresText(to text: inout [UInt8]) {
        DecimalText.append(self, to: &text)
    }
}

extension Int16: PostgresEncodable {
    package static var postgresType: PostgresType { .int2 }

    package func appendPostgresText(to text: inout [UInt8]) {
        DecimalText.append(self, to: &text)
    }
}

extension Double: PostgresEncodable {
    package static var postgresType: PostgresType { .float8 }

    package func appendPostgresText(to text: inout [UInt8]) {
        text.append(contentsOf: (isInfinite ? (self < 0 ? "-Infinity" : "Infinity") : description).utf8)
    }
}

extension String: PostgresEncodable {
    package static var postgresType: PostgresType { .text }

    package func appendPostgresText(to text: inout [UInt8]) {
        text.append(contentsOf: utf8)
    }
}

extension UUID: PostgresEncodable {
    package static var postgresType: PostgresType { .uuid }

    package func appendPostgresText(to text: inout [UInt8]) {
        withUnsafeBytes(of: uuid) { Hex.append($0, to: &text) }
    }
}

extension Date: PostgresEncodable {
    package static var postgresType: PostgresType { .timestamptz }

    /// Microseconds, as Postgres keeps them; an infinite date becomes `infinity`.
    package func appendPostgresText(to text: inout [UInt8]) {
        PostgresTimestamp.append(self, to: &text)
    }
}
