import CLibXML2

/// A name table as the addresses of libxml2's interned strings, so that a comparison of names is one of pointers.
///
/// libxml2 interns every local name and namespace URI it parses in the context's dictionary, which lives as long as the
/// context; equal strings have one address. The list lives in memory of its own, so that reading it counts no references.
final class NameMatcher {
    typealias Interned = UnsafePointer<xmlChar>

    private let names: UnsafeMutableBufferPointer<(localName: Interned?, namespace: Interned?)>

    /// Interns the table's names in the dictionary of `context`.
    init(_ table: XMLNameTable, context: xmlParserCtxtPtr) {
        let dictionary = context.pointee.dict
        names = .allocate(capacity: table.names.count)
        for (id, name) in table.names.enumerated() {
            let namespace = name.namespace.flatMap { xmlDictLookup(dictionary, $0, -1) }
            names.initializeElement(at: id, to: (xmlDictLookup(dictionary, name.localName, -1), namespace))
        }
    }

    deinit {
        names.deallocate()
    }

    /// The id of a name libxml2 has handed to a callback.
    func id(localName: Interned?, namespace: Interned?) -> Int {
        for id in names.indices where names[id].localName == localName && names[id].namespace == namespace {
            return id
        }
        return XMLName.unknown.id
    }

    /// Whether a name is the one with that id.
    func matches(_ id: Int, localName: Interned?, namespace: Interned?) -> Bool {
        names[id].localName == localName && names[id].namespace == namespace
    }
}
