/// One thing that a parser reports, as plain numbers; what it says in words stands in bytes that are lent together with it.
///
/// It holds no reference, so that a batch of many thousand is written and read without counting any.
package struct XMLEvent: Sendable, BitwiseCopyable {
    /// What happens.
    package enum Kind: UInt8, Sendable, BitwiseCopyable {
        /// An element begins; its attributes follow at once, in the same batch.
        case start
        /// An attribute whose name is in the parser's ``XMLNameTable``, of the element that began last.
        case attribute
        /// An element ends; also reported of empty elements.
        case end
        /// A piece of text; one run of text may come in several, none of which ends inside a character.
        case text
    }

    /// What happens.
    package let kind: Kind
    @usableFromInline let id: Int16
    @usableFromInline let start: Int32
    @usableFromInline let count: Int32

    /// Describes an event; the bytes from `start` to `end` are its text, in a batch of less than 2 GiB.
    @inline(__always)
    init(_ kind: Kind, id: Int16, start: Int = 0, end: Int = 0) {
        self.kind = kind
        self.id = id
        self.start = Int32(truncatingIfNeeded: start)
        count = Int32(truncatingIfNeeded: end - start)
    }

    /// The name of the element or attribute; of no use for text.
    @inlinable @inline(__always) package var name: XMLName { XMLName(id: Int(id)) }
    /// Where the attribute's value or the text stands in the lent bytes: UTF-8, references resolved.
    @inlinable @inline(__always) package var range: Range<Int> { Int(start)..<Int(start) + Int(count) }

    /// The most names a table may have, so that each id fits.
    static var maxNames: Int { Int(Int16.max) }
}
