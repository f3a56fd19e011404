/// A value in text form, encoded before the statement that it is for.
package struct PostgresText: Sendable {
    /// The type declared for the placeholder.
    package let type: PostgresType
    /// The text form.
    package let bytes: [UInt8]
}
