/// A text that must not be seen: an access code, a password, a token.
///
/// Whatever prints, logs, dumps, compares by reflection or encodes it gets `***`. Only ``revealed`` has the text; where it is
/// written is the place to look at in a review. There is no way to decode one, as no payload may hold it.
package struct Secret: Sendable, Hashable {
    /// What stands in its place.
    package static let mask = "***"

    /// The text itself, for the request it is meant for.
    package let revealed: String

    /// Hides a text.
    package init(_ text: String) { revealed = text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { Self.mask }
    package var debugDescription: String { Self.mask }
    /// Without children: `dump` and test frameworks look for them.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension Secret: Encodable {
    /// Writes the mask.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Self.mask)
    }
}
