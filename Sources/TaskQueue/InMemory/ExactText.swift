/// A text that equals another only byte for byte, and comes before it by its bytes, as Redis has it.
///
/// Swift's texts are equal when they look alike: of `é` in its two forms only one task could exist.
struct ExactText: Hashable, Comparable, Sendable {
    let text: String

    /// Takes a text as it is.
    init(_ text: String) { self.text = text }

    static func == (left: Self, right: Self) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    static func < (left: Self, right: Self) -> Bool { left.text.utf8.lexicographicallyPrecedes(right.text.utf8) }

    // Texts of equal bytes have equal hashes.
    func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
