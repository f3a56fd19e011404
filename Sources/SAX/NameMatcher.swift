import CLibXML2

/// A name table as the addresses of libxml2's interned strings, so that a comparison of names is one of pointers.
///
/// libxml2 interns every local name and namespace URI it parses in the context's dictionary, which lives as long as the
/// context; equal strings have one address. The list lives in memory of its own, so that reading it counts no references.
final class NameMatcher {
    typealias Interned = UnsafePointer<xmlChar>

    private let names: UnsafeMutableBufferPointer<(localName: Interned?, namespace: Interned?)>
    /// Ids by the local name's address, -1 for none; at most half of them are taken.
    private let slots: UnsafeMutableBufferPointer<Int32>

    /// Interns the table's names in the dictionary of `context`.
    init(_ table: XMLNameTable, context: xmlParserCtxtPtr) {
        let dictionary = context.pointee.dict
        names = .allocate(capacity: table.names.count)
        var slotCount = 16
        while slotCount < 2 * table.names.count { slotCount *= 2 }
        slots = .allocate(capacity: slotCount)
        slots.initialize(repeating: -1)
        for (id, name) in table.names.enumerated() {
            let namespace = name.namespace.flatMap { xmlDictLookup(dictionary, $0, -1) }
            let localName = xmlDictLookup(dictionary, name.localName, -1)
            names.initializeElement(at: id, to: (localName, namespace))
            var slot = Self.slot(of: localName, in: slots)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(id)
        }
    }

    deinit {
        names.deallocate()
        slots.deallocate()
    }

    /// The id of a name libxml2 has handed to a callback.
    func id(localName: Interned?, namespace: Interned?) -> Int {
        var slot = Self.slot(of: localName, in: slots)
        while slots[slot] >= 0 {
            let id = Int(slots[slot])
            if matches(id, localName: localName, namespace: namespace) { return id }
            slot = (slot + 1) & (slots.count - 1)
        }
        return XMLName.unknown.id
    }

    private static func slot(of name: Interned?, in slots: UnsafeMutableBufferPointer<Int32>) -> Int {
        // The product's upper half depends on all bits of the address.
        let product = UInt64(UInt(bitPattern: name)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: product >> 40) & (slots.count - 1)
    }

    /// Whether a name is the one with that id.
    func matches(_ id: Int, localName: Interned?, namespace: Interned?) -> Bool {
        names[id].localName == localName && names[id].namespace == namespace
    }
}
