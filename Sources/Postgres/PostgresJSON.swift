/// JSON text, bound as `jsonb` and read from `jsonb` or `json`.
///
/// The server checks the syntax when it is stored, and gives `jsonb` back with its own spacing and key order.
package struct PostgresJSON: Hashable, Sendable {
    /// The document's UTF-8 text.
    package let bytes: [UInt8]

    /// Wraps the UTF-8 text of a document.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Wraps the text of a document.
    package init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// The document's text; bytes that are no UTF-8 are replaced.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension PostgresJSON: PostgresEncodable, PostgresDecodable {
    private static let json: UInt32 = 114

    package static var postgresType: PostgresType { .jsonb }

    package static func canDecode(_ oid: UInt32) -> Bool { oid == PostgresType.jsonb.oid || oid == json }

    package func appendPostgresText(to text: inout [UInt8]) {
        text.append(contentsOf: bytes)
    }

    package init?(postgresText text: ArraySlice<UInt8>) {
        bytes = Array(text)
    }
}
