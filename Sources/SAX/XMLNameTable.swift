/// The names a handler wants to tell apart; a name's id is its place in the list, counted from 0.
package struct XMLNameTable: Sendable {
    /// A name as XML means it: the prefix a document chose does not matter.
    package struct QualifiedName: Sendable, Hashable {
        /// The namespace's URI; nil for a name in no namespace, as attributes without a prefix are.
        package let namespace: String?
        /// The name without prefix.
        package let localName: String

        /// Makes a name.
        package init(_ namespace: String?, _ localName: String) {
            self.namespace = namespace
            self.localName = localName
        }
    }

    /// The names, by id.
    package let names: [QualifiedName]

    /// Makes a table whose ids are the places in `names`.
    package init(_ names: [QualifiedName]) {
        self.names = names
    }
}

/// An element's name, as its id in the parser's ``XMLNameTable``.
package struct XMLName: Sendable, Hashable {
    /// The place in the table, or -1 for a name that is not in it.
    package let id: Int

    /// What every name outside the table is called.
    package static let unknown = XMLName(id: -1)

    @inlinable @inline(__always)
    init(id: Int) { self.id = id }
}
