package import Foundation

/// A value that can be read from a result's column.
package protocol PostgresDecodable: Sendable {
    /// Whether a column of the type with this object id may be read as this type.
    static func canDecode(_ oid: UInt32) -> Bool

    /// Reads the text form; `nil` when it is not one of this type.
    init?(postgresText text: ArraySlice<UInt8>)

    /// What SQL NULL is read as; `nil` when this type cannot hold it.
    static var postgresNull: Self? { get }

    /// Whether a column of the type with this object id may be read as an array of this type.
    static func canDecodeArray(_ oid: UInt32) -> Bool

    /// Reads the text form of a whole array of this type; `nil` when it is not one.
    static func decodePostgresArray(_ text: ArraySlice<UInt8>) -> [Self]?
}

extension PostgresDecodable {
    package static var postgresNull: Self? { nil }

    package static func canDecodeArray(_ oid: UInt32) -> Bool {
        PostgresType.element(ofArray: oid).map(canDecode) ?? false
    }

    package static func decodePostgresArray(_ text: ArraySlice<UInt8>) -> [Self]? {
        PostgresArrayText.decode(text)
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    package static var postgresNull: Self? { .some(nil) }

    package static func canDecode(_ oid: UInt32) -> Bool { Wrapped.canDecode(oid) }

    package init?(postgresText text: ArraySlice<UInt8>) {
        guard let value = Wrapped(postgresText: text) else { return nil }
        self = value
    }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
    package static func canDecode(_ oid: UInt32) -> Bool { Element.canDecodeArray(oid) }

    package init?(postgresText text: ArraySlice<UInt8>) {
        guard let elements = Element.decodePostgresArray(text) else { return nil }
        self = elements
    }
}

/// A single byte is read from an integer; an array of bytes from one `bytea`.
extension UInt8: PostgresDecodable {
    package static func canDecode(_ oid: UInt32) -> Bool { IntegerText.canDecode(oid) }

    package init?(postgresText text: ArraySlice<UInt8>) {
        guard let value: Self = IntegerText.decode(text) else { return nil }
        self = value
    }

    package static func canDecodeArray(_ oid: UInt32) -> Bool { oid == PostgresType.bytea.oid }

    package static func decodePostgresArray(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.starts(with: #"\x"#.utf8) else { return nil }
        return Hex.decode(text.dropFirst(2))
    }
}

extension Bool: PostgresDecodable {
    package static func canDecode(_ oid: UInt32) -> Bool { oid == PostgresType.bool.oid }

    package init?(postgresText text: ArraySlice<UInt8>) {
        guard text.count == 1, let letter = text.first else { return nil }
        switch letter {
        case UInt8(ascii: "t"): self = true
        case UInt8(ascii: "f"): self = false
        default: return nil
        }
    }
}

extension Int: PostgresDecodable {
    package static func canDecode(_ oid: UInt32) -> Bool { IntegerText.canDecode(oid) }

    package init?(postgresText text: ArraySlice<UInt8>) {
        guard let value: Self = IntegerText.decode(text) else { return nil }
        self = value
    }
}

extension Int64: PostgresDecodable {
    package static func canDecode(_ oid: UInt32) -> Bool { IntegerText.canDecode(oid) }

    package init?(postgresText text: ArraySlice<UInt8>) {
        guard let value: Self = IntegerText.decode(text) else { return nil }
        self = value
    }
}

extension Int32: PostgresDecodable {
    package static func canDecode(_ oid: UInt32) -> Bool { IntegerText.canDecode(oid) }

    package init?(postgresText text: ArraySlice<UInt8>) {
        guard let value: Self = IntegerText.decode(text) else { return nil }
        self = value
    }
}

extension Int16: PostgresDecodable {
    package static func canDecode(_ oid: UInt32) -> Bool { IntegerText.canDecode(oid) }

    package init?(postgresText text: ArraySlice<UInt8>) {
        guard let value: Self = IntegerText.decode(text) else { return nil }
        self = value
    }
}

extension Double: PostgresDecodable {
    private static let float4: UInt32 = 700

    /// Any number: `real`, `double precision`, `numeric` and the integers.
    package static func canDecode(_ oid: UInt32) -> Bool {
        oid == PostgresType.float8.oid || oid == float4 || IntegerText.canDecode(oid)
    }

    package init?(postgresText text: ArraySlice<UInt8>) {
        guard let value = Double(String(decoding: text, as: UTF8.self)) else { return nil }
        self = value
    }
}

extension String: PostgresDecodable {
    private static let timestamp: UInt32 = 1114

    /// Any type but bytes, dates and times: those have types of their own, and reading them as text is a known trap.
    package static func canDecode(_ oid: UInt32) -> Bool {
        oid != PostgresType.bytea.oid && oid != PostgresType.date.oid && oid != PostgresType.time.oid
            && oid != PostgresType.timestamptz.oid && oid != timestamp
    }

    package init?(postgresText text: ArraySlice<UInt8>) {
        guard let value = String(validating: text, as: UTF8.self) else { return nil }
        self = value
    }
}

extension UUID: PostgresDecodable {
    package static func canDecode(_ oid: UInt32) -> Bool { oid == PostgresType.uuid.oid }

    package init?(postgresText text: ArraySlice<UInt8>) {
        guard let value = UUID(uuidString: String(decoding: text, as: UTF8.self)) else { return nil }
        self = value
    }
}

extension Date: PostgresDecodable {
    package static func canDecode(_ oid: UInt32) -> Bool { oid == PostgresType.timestamptz.oid }

    package init?(postgresText text: ArraySlice<UInt8>) {
        guard let value = PostgresTimestamp.decode(text) else { return nil }
        self = value
    }
}

/// Whole numbers in a result.
private enum IntegerText {
    /// `smallint`, `integer`, `bigint`, and `numeric`, which `sum(bigint)` answers with.
    static func canDecode(_ oid: UInt32) -> Bool {
        oid == PostgresType.int8.oid || oid == PostgresType.int4.oid || oid == PostgresType.int2.oid
            || oid == PostgresType.numeric.oid
    }

    /// The number, or `nil` when it has a fraction or does not fit.
    static func decode<Number: FixedWidthInteger>(_ text: ArraySlice<UInt8>) -> Number? {
        Number(String(decoding: text, as: UTF8.self))
    }
}
