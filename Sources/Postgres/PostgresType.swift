/// A Postgres type as the wire names it: its own object id and that of its array.
///
/// Built-in types have the same ids in every database (`pg_type.dat`), so they need not be looked up.
package struct PostgresType: Hashable, Sendable {
    /// The type's object id in `pg_type`.
    package let oid: UInt32
    /// The object id of the type's array; the type's own for an array.
    package let arrayOID: UInt32
    /// Whether an element's text form is quoted and escaped inside an array.
    let isQuotedInArrays: Bool

    private init(_ oid: UInt32, array arrayOID: UInt32, quoted: Bool = false) {
        self.oid = oid
        self.arrayOID = arrayOID
        isQuotedInArrays = quoted
    }

    package static let bool = Self(16, array: 1000)
    package static let bytea = Self(17, array: 1001, quoted: true)
    package static let int8 = Self(20, array: 1016)
    package static let int2 = Self(21, array: 1005)
    package static let int4 = Self(23, array: 1007)
    package static let text = Self(25, array: 1009, quoted: true)
    package static let float8 = Self(701, array: 1022)
    package static let date = Self(1082, array: 1182)
    package static let time = Self(1083, array: 1183)
    package static let timestamptz = Self(1184, array: 1185)
    package static let numeric = Self(1700, array: 1231)
    package static let uuid = Self(2950, array: 2951)
    package static let jsonb = Self(3802, array: 3807, quoted: true)

    /// The type of arrays whose elements are of this type.
    package var array: Self { Self(arrayOID, array: arrayOID) }

    /// The element type's id of a built-in array type, `nil` for anything else.
    static func element(ofArray oid: UInt32) -> UInt32? {
        elements[oid]
    }

    private static let elements: [UInt32: UInt32] = [
        1000: 16, 1001: 17, 1016: 20, 1005: 21, 1007: 23, 1009: 25, 1021: 700, 1022: 701, 1182: 1082, 1183: 1083,
        1115: 1114, 1185: 1184, 1231: 1700, 2951: 2950, 199: 114, 3807: 3802, 1015: 1043, 1014: 1042, 1003: 19,
        1041: 869,
    ]
}
