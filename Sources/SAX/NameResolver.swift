import CLibXML2
import Glibc

/// Tells what the names of a document mean: a prefix's namespace and the local name, as an id in an ``XMLNameTable``.
///
/// libxml2 could do it (its SAX2 callbacks), but looks up both parts of each name of each tag, which is a fifth of a parse. Here
/// a name as written is resolved once and remembered, until a prefix is declared or a declaration ends. libxml2 interns names
/// in the context's dictionary, which lives as long as the context, so that equal names have one address.
struct NameResolver: ~Copyable {
    typealias Interned = UnsafePointer<xmlChar>

    /// What a name means: an id, or ``XMLName/unknown``'s.
    struct Meaning {
        var element: Int16
        var attribute: Int16
    }

    /// A remembered name; it counts only while its generation is the current one.
    private struct Memory {
        var name: Interned?
        var generation: Int
        var meaning: Meaning
    }

    /// A declared prefix, empty for the default namespace.
    private struct Binding {
        let prefix: [UInt8]
        let namespace: Namespace
    }

    private enum Namespace: Equatable {
        case none
        /// One of the table's, by its place in `namespaces`.
        case known(Int)
        /// One that no name of the table is in.
        case other
    }

    private let names: [(namespace: Namespace, localName: [UInt8])]
    /// The URIs of the table's namespaces.
    private let namespaces: [[UInt8]]
    private var bindings: [Binding] = []
    /// Counts the changes of `bindings`.
    private var generation = 1
    private let memories: UnsafeMutableBufferPointer<Memory>

    /// A name is remembered in one of the places from its address's on.
    private static var ways: Int { 4 }
    /// Documents have about 200 names; those beyond the room are resolved again and again.
    private static var memoryCount: Int { 1_024 }
    /// Names that XML keeps to itself (Namespaces in XML 1.0, section 3); a declaration of them means nothing.
    private static let xmlNamespace = Array("http://www.w3.org/XML/1998/namespace".utf8)
    private static let xmlnsNamespace = Array("http://www.w3.org/2000/xmlns/".utf8)

    /// Makes a resolver that knows no prefix yet.
    init(_ table: XMLNameTable) {
        var namespaces: [[UInt8]] = []
        names = table.names.map { name in
            guard let uri = name.namespace.map({ Array($0.utf8) }) else { return (.none, Array(name.localName.utf8)) }
            if !namespaces.contains(uri) { namespaces.append(uri) }
            return (namespaces.firstIndex(of: uri).map(Namespace.known) ?? .other, Array(name.localName.utf8))
        }
        self.namespaces = namespaces
        memories = .allocate(capacity: Self.memoryCount)
        memories.initialize(
            repeating: Memory(name: nil, generation: 0, meaning: Meaning(element: -1, attribute: -1)))
    }

    deinit {
        memories.deallocate()
    }

    /// Whether an attribute declares a prefix or the default namespace.
    @inline(__always)
    static func isDeclaration(_ name: Interned) -> Bool {
        name[0] == UInt8(ascii: "x") && strncmp(name.chars, "xmlns", 5) == 0 && (name[5] == 0 || name[5] == 0x3A)
    }

    /// Takes in a declaration; it holds until ``forget(_:)``.
    mutating func declare(_ name: Interned, _ uri: UnsafeBufferPointer<UInt8>) {
        let prefix = Array(name.bytes.dropFirst("xmlns:".utf8.count))
        bindings.append(Binding(prefix: prefix, namespace: namespace(Array(uri), of: prefix)))
        generation += 1
    }

    /// Drops the last declarations.
    mutating func forget(_ count: Int) {
        bindings.removeLast(count)
        generation += 1
    }

    /// The meaning of a name that libxml2 has handed to a callback.
    @inline(__always)
    mutating func meaning(of name: Interned) -> Meaning {
        let start = Self.place(of: name)
        for way in 0..<Self.ways {
            let memory = memories[(start + way) & (Self.memoryCount - 1)]
            if memory.name == name, memory.generation == generation { return memory.meaning }
        }
        return resolve(name, from: start)
    }

    @inline(__always)
    private static func place(of name: Interned) -> Int {
        // The product's upper half depends on all bits of the address.
        let product = UInt64(UInt(bitPattern: name)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: product >> 40) & (memoryCount - 1)
    }

    @inline(never)
    private mutating func resolve(_ name: Interned, from start: Int) -> Meaning {
        let bytes = name.bytes
        let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? 0
        // `:a` is a name without prefix.
        let prefix = Array(bytes[..<colon])
        let localName = colon == 0 ? bytes[...] : bytes[(colon + 1)...]
        // A prefix that is not declared makes a name that is none of the table.
        let bound = bindings.last { $0.prefix == prefix }?.namespace ?? (prefix.isEmpty ? .none : .other)
        let meaning = Meaning(
            element: id(bound, localName), attribute: id(prefix.isEmpty ? .none : bound, localName))
        let free = (0..<Self.ways).first { memories[(start + $0) & (Self.memoryCount - 1)].generation != generation }
        memories[(start + (free ?? 0)) & (Self.memoryCount - 1)] = Memory(
            name: name, generation: generation, meaning: meaning)
        return meaning
    }

    private func id(_ namespace: Namespace, _ localName: Slice<UnsafeBufferPointer<UInt8>>) -> Int16 {
        let place = names.firstIndex { $0.namespace == namespace && $0.localName.elementsEqual(localName) }
        return Int16(truncatingIfNeeded: place ?? XMLName.unknown.id)
    }

    /// What a declaration binds; a reserved name or URI is bound to nothing that a table could have.
    private func namespace(_ uri: [UInt8], of prefix: [UInt8]) -> Namespace {
        if uri.isEmpty { return .none }
        guard uri != Self.xmlNamespace, uri != Self.xmlnsNamespace else { return .other }
        guard !prefix.elementsEqual("xml".utf8), !prefix.elementsEqual("xmlns".utf8) else { return .other }
        return namespaces.firstIndex(of: uri).map(Namespace.known) ?? .other
    }
}

extension UnsafePointer<xmlChar> {
    /// The same text for the C library.
    var chars: UnsafePointer<CChar> { UnsafeRawPointer(self).assumingMemoryBound(to: CChar.self) }

    /// The text up to its NUL.
    @inline(__always)
    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: self, count: strlen(chars)) }
}
